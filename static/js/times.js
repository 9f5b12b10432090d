// Exact times in the reader's own zone, shown on hover. The relative words come from the server and are kept fresh here.
(() => {
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const words = (seconds) => {
    if (seconds < 45) return "just now";
    if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
    if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
    return null;
  };

  function refresh() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      time.title = exact.format(moment);
      const text = words((Date.now() - moment) / 1000);
      if (text && time.textContent !== text) time.textContent = text;
    }
  }

  refresh();
  setInterval(refresh, 30_000);
  document.addEventListener("htmx:afterSwap", refresh);
})();
