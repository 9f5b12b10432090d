// Shortcuts, by attributes:
//   data-search            `/` puts the cursor there
//   data-row               j and k move between these; Enter opens the first link in it
//   data-key="e"           clicked by that key, in the current row first, else on the page; goes before moving
//   data-opens="id"        opens the <dialog> with that id (`?` opens #help)
(() => {
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
  const current = () => document.querySelector("[data-row].is-current");

  function move(step) {
    const all = rows();
    if (!all.length) return false;
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + step))];
    current()?.classList.remove("is-current");
    next.classList.add("is-current");
    next.querySelector("a[href], button")?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function press(key) {
    const selector = `[data-key="${CSS.escape(key)}"]`;
    const target = current()?.querySelector(selector) ?? document.querySelector(selector);
    if (target) target.click();
    return Boolean(target);
  }

  const open = (id) => {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  };

  function act(key) {
    if (key === "/") {
      const search = document.querySelector("[data-search]");
      search?.focus();
      search?.select();
      return Boolean(search);
    }
    if (key === "?") return open("help");
    if (press(key)) return true;
    return (key === "j" || key === "k") && move(key === "j" ? 1 : -1);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && event.target.matches("[data-search]")) return event.target.blur();
    if (event.key.length !== 1 || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (act(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) open(opener.dataset.opens);
    if (event.target.matches("dialog[open]")) event.target.close(); // a click beside the dialog
  });
})();
