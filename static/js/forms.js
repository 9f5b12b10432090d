// Forms that feel quick: data-autosubmit sends a filter as soon as it changes; a sent form shows that it works and cannot be
// sent twice; data-dismiss="selector" removes what it closes.
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-autosubmit] select, [data-autosubmit] input[type=checkbox], [data-autosubmit] input[type=radio]")) {
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });

  // back from the next page: the browser shows the old one as it was left
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });

  document.addEventListener("click", (event) => {
    const closer = event.target.closest("[data-dismiss]");
    closer?.closest(closer.dataset.dismiss)?.remove();
  });

  document.addEventListener("click", async (event) => {
    const copier = event.target.closest("[data-copy]");
    if (!copier) return;
    await navigator.clipboard.writeText(copier.dataset.copy);
    copier.classList.add("is-copied");
    setTimeout(() => copier.classList.remove("is-copied"), 1500);
  });
})();
