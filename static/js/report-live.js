// The running scan in words for screen readers: said when it changes, not each time the page asks.
(() => {
  const say = () => {
    const words = document.getElementById("progress")?.dataset.words ?? "";
    const place = document.getElementById("live-words");
    if (place && place.textContent !== words) place.textContent = words;
  };
  say();
  document.addEventListener("htmx:afterSettle", say);
})();
