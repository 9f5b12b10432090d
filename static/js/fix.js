// What is typed shows at once where it will stand, with its length.
(() => {
  for (const fix of document.querySelectorAll("[data-fix]")) {
    const typed = fix.querySelector("[data-new]");
    const after = fix.querySelector("[data-after]");
    const count = fix.querySelector("[data-count]");
    const show = () => {
      after.textContent = typed.value;
      count.textContent = `Now ${[...typed.value].length}.`;
    };
    typed.addEventListener("input", show);
    show();
  }
})();
