// Before and after of one page as a slider. Without this script the three pictures stand one under the other.
(() => {
  for (const look of document.querySelectorAll("[data-look]")) {
    const range = look.querySelector("input[type=range]");
    const views = look.querySelector(".look-views");
    const modes = look.querySelectorAll("[data-mode]");
    const slide = () => views.style.setProperty("--shown", `${range.value}%`);
    const show = (mode) => {
      look.dataset.mode = mode;
      range.parentElement.hidden = mode !== "slide";
      for (const button of modes) button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
      toFirst();
    };
    // the first change in sight, with some room above
    const toFirst = () => {
      const scale = views.querySelector(".look-after img").clientWidth / Number(views.dataset.width);
      views.scrollTop = Math.max(0, Number(views.dataset.first) * scale - 80);
    };
    range.addEventListener("input", slide);
    for (const button of modes) button.addEventListener("click", () => show(button.dataset.mode));
    look.querySelector(".look-modes").hidden = false;
    slide();
    show("slide");
  }
})();
