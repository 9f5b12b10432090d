// Lab figures of the load, from what the browser has buffered since navigation started: nothing of ours runs before.
// web-vitals gives FCP and TTFB, and blocking time is the sum of what long tasks take beyond 50 ms after the first paint.
// What our own scrolling through the page does to LCP and CLS is not the page's: only the first screen counts for the one, and only
// shifts under a visitor who has not scrolled for the other. And a machine that does several things at once makes every task look
// longer than it is: `cpuMs`, what the page's thread really worked, sets that right. So two looks at one page agree.
const BLOCKING_MS = 50, MOST_SHIFTED = 5, GAP_MS = 1000, WINDOW_MS = 5000;
const seen = { tasks: [], shifts: [], paints: [], began: Infinity, scrolls: [] };

const keepAll = (type, into) => new PerformanceObserver((list) => into.push(...list.getEntries())).observe({ type, buffered: true });

S.startVitals = () => {
  const keep = (name) => (metric) => { seen[name] = metric; };
  S.webVitals.onFCP(keep("fcp"));
  S.webVitals.onTTFB(keep("ttfb"));
  keepAll("largest-contentful-paint", seen.paints);
  keepAll("layout-shift", seen.shifts);
  keepAll("longtask", seen.tasks);
};
// Between these two the page is scrolled.
S.scrollBegins = () => {
  const now = performance.now();
  seen.began = Math.min(seen.began, now);
  seen.scrolls.push([now, Infinity]);
};
S.scrollEnded = () => { seen.scrolls[seen.scrolls.length - 1][1] = performance.now(); };

const value = (metric) => (metric ? metric.value : null);

const tasksBefore = (time) => seen.tasks.filter((task) => task.startTime < time);
const duration = (tasks) => tasks.reduce((sum, task) => sum + task.duration, 0);

function blocking(cpuMs) {
  const from = value(seen.fcp), tasks = tasksBefore(seen.began);
  if (from === null) return null;
  const worked = cpuMs === null ? 1 : Math.min(1, cpuMs / Math.max(1, duration(tasks)));
  return tasks.reduce((sum, { startTime, duration: took }) =>
    sum + Math.max(0, (startTime + took - Math.max(startTime, from)) * worked - BLOCKING_MS), 0);
}

function largest() {
  const first = seen.paints.filter(({ element, startTime }) =>
    (element && element.isConnected ? element.getBoundingClientRect().top + scrollY < innerHeight : startTime < seen.began));
  return first[first.length - 1] || null;
}

// A picture that had arrived before we scrolled away and was painted when we came back did not wait for us.
function paintedAt(paint, cpuMs) {
  if (!paint) return null;
  const late = paint.startTime > seen.began && paint.loadTime > 0;
  const at = late ? Math.min(paint.startTime, paint.loadTime) : paint.startTime;
  const waited = cpuMs === null ? 0 : Math.max(0, duration(tasksBefore(at)) - cpuMs);
  return Math.max(value(seen.fcp) || 0, at - waited);
}

const isShift = ({ hadRecentInput, startTime }) =>
  !hadRecentInput && !seen.scrolls.some(([from, to]) => startTime > from && startTime < to);

function sources({ sources: all }) {
  const elements = all.map(({ node }) => (node instanceof Element ? node : node && node.parentElement));
  return elements.filter((element) => element && element.isConnected);
}

// The worst burst of shifts: at most a second between two, at most five in all.
function worstBurst(entries) {
  let worst = { value: 0, entries: [] }, burst = null;
  for (const entry of entries) {
    const goes_on = burst && entry.startTime - burst.last < GAP_MS && entry.startTime - burst.first < WINDOW_MS;
    if (!goes_on) burst = { value: 0, entries: [], first: entry.startTime };
    burst.value += entry.value;
    burst.last = entry.startTime;
    burst.entries.push(entry);
    if (burst.value > worst.value) worst = burst;
  }
  return worst;
}

// How far each moved in the end, not which was the first: in the order of the document where that is equal.
function shifted({ entries }) {
  const moved = new Map();
  for (const entry of entries) {
    for (const element of sources(entry)) moved.set(element, (moved.get(element) || 0) + entry.value);
  }
  const follows = (a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  return [...moved].sort(([a, x], [b, y]) => (Math.abs(x - y) > 0.005 ? y - x : follows(a, b))).map(([element]) => element);
}

// What pictures without a size push counts always, and not only when they lost the race against the first paint.
function shifts() {
  const entries = seen.shifts.filter(isShift);
  const pushes = S.pushes(entries.flatMap(sources)), explained = new Set(pushes.moved);
  const rest = worstBurst(entries.filter((entry) => !sources(entry).length || !sources(entry).every((one) => explained.has(one))));
  const moved = new Set([...pushes.moved, ...shifted(rest)]);
  return { value: pushes.score + rest.value, moved: [...moved].slice(0, MOST_SHIFTED).map(S.describe), pushing: pushes.pushing };
}

S.vitals = (cpuMs) => {
  const paint = largest(), { value: cls, moved, pushing } = shifts();
  const painted = paint && paint.element && paint.element.isConnected ? S.describe(paint.element) : null;
  S.pushing = pushing;
  return {
    lcp_ms: paintedAt(paint, cpuMs), fcp_ms: value(seen.fcp), ttfb_ms: value(seen.ttfb), cls, tbt_ms: blocking(cpuMs),
    lcp_element: painted, shifted: moved,
  };
};

S.coldVitals = (cpuMs) => JSON.stringify(S.vitals(cpuMs));
