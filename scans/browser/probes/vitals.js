// Lab figures of the load, from what the browser has buffered since navigation started: nothing of ours runs before.
// web-vitals gives LCP, CLS, FCP and TTFB; blocking time is the sum of what long tasks take beyond 50 ms after the first paint.
const BLOCKING_MS = 50, MOST_SHIFTED = 5;
const seen = { tasks: [], began: Infinity };

S.startVitals = () => {
  seen.began = performance.now();
  const keep = (name) => (metric) => { seen[name] = metric; };
  S.webVitals.onLCP(keep("lcp"), { reportAllChanges: true });
  S.webVitals.onCLS(keep("cls"), { reportAllChanges: true });
  S.webVitals.onFCP(keep("fcp"));
  S.webVitals.onTTFB(keep("ttfb"));
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries())).observe({ type: "longtask", buffered: true });
};

const value = (metric) => (metric ? metric.value : null);

function blocking() {
  const from = value(seen.fcp);
  if (from === null) return null;
  return seen.tasks
    .filter((task) => task.startTime < seen.began)
    .reduce((sum, task) => sum + Math.max(0, task.startTime + task.duration - Math.max(task.startTime, from) - BLOCKING_MS), 0);
}

function shifted() {
  const moved = (seen.cls ? seen.cls.entries : []).slice().sort((a, b) => b.value - a.value);
  const nodes = moved.flatMap((entry) => entry.sources.map((source) => source.node));
  const elements = nodes.map((node) => (node instanceof Element ? node : node && node.parentElement)).filter((e) => e && e.isConnected);
  return [...new Set(elements)].slice(0, MOST_SHIFTED).map(S.describe);
}

S.vitals = () => {
  const last = seen.lcp && seen.lcp.entries[seen.lcp.entries.length - 1];
  const painted = last && last.element && last.element.isConnected ? S.describe(last.element) : null;
  return {
    lcp_ms: value(seen.lcp), fcp_ms: value(seen.fcp), ttfb_ms: value(seen.ttfb), cls: value(seen.cls), tbt_ms: blocking(),
    lcp_element: painted, shifted: shifted(),
  };
};

S.coldVitals = () => JSON.stringify(S.vitals());
