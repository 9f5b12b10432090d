// What people read and press at the present width: text cut by its box, texts that lie on each other, and on a phone small print,
// fields that make it zoom in, and what lies over the page. One pass, layout is only read, every list is capped.
const MOST_NODES = 3000, MOST_CONTROLS = 300, MOST_SAID = 20, MOST_PAIRS = 60, MOST_LINES = 40;
const READABLE_PX = 12, NO_ZOOM_PX = 16, SHARE = 0.25, COVERED = 1 / 3;
const WORD = /[\p{L}\p{N}]/u;
const NO_TEXT = /^(?:script|style|noscript|template|option|optgroup|datalist|textarea|title|iframe|object|canvas|svg)$/;
const CUTS = /^(?:hidden|clip)$/;
const MOVES = [
  ".w-slider, .w-tabs, .w-dropdown, .w-background-video, .w-condition-invisible, marquee, [class*=marquee i], [class*=ticker i]",
  "[class*=slider i], [class*=flip i], [class*=rotat i], [class*=typed i], [class*=cursor i]",
].join(", ");
const CONTROLS = "button, input:not([type=hidden]), select, textarea, .w-button, [role=button]";
const NO_TYPING = /^(?:hidden|submit|button|reset|image|checkbox|radio|range|color|file)$/;

let styles = new Map();  // of one pass: the page may change between two

function styleOf(element) {
  let style = styles.get(element);
  if (!style) styles.set(element, style = getComputedStyle(element));
  return style;
}

const shows = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const byDesign = (element) => S.isClosedByDesign(element) || element.closest(MOVES) !== null;
const isMoved = ({ transform }) => transform !== "none" && transform !== "matrix(1, 0, 0, 1, 0, 0)";
const isOutside = (rect) => rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0;

function join(a, b) {
  if (!a) return { left: b.left, top: b.top, right: b.right, bottom: b.bottom };
  return { left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom) };
}

// The element whose lines a text is in: phrases belong to what they stand in.
function lineBox(element) {
  let at = element;
  while (at.parentElement && /^(?:inline|contents)$/.test(styleOf(at).display)) at = at.parentElement;
  return at;
}

// Each element that has lines of text of its own and shows: where they are, and the texts.
function texts() {
  const found = new Map(), range = document.createRange(), hidden = new Set();
  const walker = document.createTreeWalker(document.body || document.documentElement, NodeFilter.SHOW_TEXT);
  for (let i = 0; i < MOST_NODES && walker.nextNode(); i++) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!parent || !WORD.test(node.data) || NO_TEXT.test(parent.localName) || !(parent instanceof HTMLElement)) continue;
    const element = lineBox(parent);
    if (hidden.has(element)) continue;
    let text = found.get(element);
    if (!text && !shows(element)) { hidden.add(element); continue; }
    range.selectNode(node);
    const rect = range.getBoundingClientRect();
    if (rect.width < 2 || rect.height < 2 || isOutside(rect)) continue;
    if (!text) found.set(element, text = { element, nodes: [], box: null, size: parseFloat(styleOf(element).fontSize) || 16, control: false });
    text.nodes.push(node);
    text.box = join(text.box, rect);
  }
  return [...found.values()];
}

// ── text that its box cuts: what is left of it can be seen, so it is no text that is hidden on purpose ──

function paddingBox(element) {
  const rect = element.getBoundingClientRect();
  const left = rect.left + element.clientLeft, top = rect.top + element.clientTop;
  return { left, top, right: left + element.clientWidth, bottom: top + element.clientHeight };
}

const shortens = (style) => style.textOverflow !== "clip" || style.webkitLineClamp !== "none" || style.clipPath !== "none"
  || style.clip !== "auto" || (style.maskImage || style.webkitMaskImage || "none") !== "none";

function isCutBy(element, style, { box, size }) {
  const clip = paddingBox(element);
  const across = Math.min(box.right, clip.right) - Math.max(box.left, clip.left);
  const down = Math.min(box.bottom, clip.bottom) - Math.max(box.top, clip.top);
  if (clip.right - clip.left <= 2 || clip.bottom - clip.top <= 2 || across < 4 || down < 4) return false;
  const wide = Math.max(box.right - clip.right, clip.left - box.left), high = Math.max(box.bottom - clip.bottom, clip.top - box.top);
  return (CUTS.test(style.overflowX) && wide > 0.5 * size) || (CUTS.test(style.overflowY) && high > 0.45 * size);
}

function isCut(text) {
  let at = text.element;
  for (let level = 0; level < 3 && at && at !== document.body && at !== document.documentElement; level++, at = at.parentElement) {
    const style = styleOf(at);
    if (shortens(style) || isMoved(style)) return false;
    if ((CUTS.test(style.overflowX) || CUTS.test(style.overflowY)) && isCutBy(at, style, text)) return !byDesign(text.element);
    if (/^(?:auto|scroll)$/.test(style.overflowY) || /^(?:absolute|fixed)$/.test(style.position)) return false;
  }
  return false;
}

// ── two texts or controls on each other ──

const area = ({ left, top, right, bottom }) => Math.max(0, right - left) * Math.max(0, bottom - top);
const common = (a, b) => area(inside(a, b));
const holds = (a, b) => a.left <= b.left + 2 && a.top <= b.top + 2 && a.right >= b.right - 2 && a.bottom >= b.bottom - 2;

const inside = (a, b) => ({
  left: Math.max(a.left, b.left), top: Math.max(a.top, b.top), right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
});

// Letters are lower than their line: tight lines of two texts may touch without being on each other.
const ink = ({ left, top, right, bottom }, size) => ({ left, top: top + 0.25 * size, right, bottom: bottom - 0.25 * size });

function lines({ nodes, control, size, box }) {
  if (control) return [box];
  const range = document.createRange();
  return nodes.flatMap((node) => { range.selectNode(node); return [...range.getClientRects()].slice(0, MOST_LINES); })
    .map((rect) => ink(rect, size)).filter((rect) => area(rect) > 0);
}

function controls() {
  const found = [];
  for (const element of [...document.querySelectorAll(CONTROLS)].slice(0, MOST_CONTROLS)) {
    const box = element.getBoundingClientRect();
    if (box.width < 8 || box.height < 8 || isOutside(box) || !shows(element)) continue;
    if (element.parentElement && element.parentElement.closest(CONTROLS)) continue;
    found.push({ element, nodes: [], box: join(null, box), size: 0, control: true });
  }
  return found;
}

const paints = (style) => style.backgroundImage !== "none" || !/^(?:transparent|rgba\(.*, 0(?:\.[0-4]\d*)?\))$/.test(style.backgroundColor);

// The part of the plane where something of the element can be seen, as far as what does not hold the other cuts it.
function opening(element, other) {
  let seen = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
  for (let at = element; at && !at.contains(other.element); at = at.parentElement) {
    const style = styleOf(at), box = paddingBox(at);
    if (style.clip !== "auto" || style.clipPath !== "none") return { left: 0, top: 0, right: 0, bottom: 0 };
    if (style.overflowX !== "visible") seen = inside(seen, { ...seen, left: box.left, right: box.right });
    if (style.overflowY !== "visible") seen = inside(seen, { ...seen, top: box.top, bottom: box.bottom });
  }
  return seen;
}

// On the way up to what both stand in: stays in place, moves, fades, is cut off, or is a card laid over the other on purpose.
function isLayered({ element }, other) {
  for (let at = element; at && !at.contains(other.element); at = at.parentElement) {
    const style = styleOf(at);
    if (/^(?:fixed|sticky)$/.test(style.position) || isMoved(style) || Number(style.opacity) < 0.4) return true;
    if (paints(style) && (style.position === "absolute" || (at !== element && holds(at.getBoundingClientRect(), other.box)))) return true;
  }
  return byDesign(element);
}

const isDecoration = (a, b) => a.size > 2.5 * b.size && b.size > 0 && styleOf(a.element).position === "absolute";

function share(a, b) {
  const seen = (one, other) => {
    const part = opening(one.element, other);
    return lines(one).map((rect) => inside(rect, part)).filter((rect) => area(rect) > 0);
  };
  const ofA = seen(a, b), ofB = seen(b, a);
  const smaller = Math.min(...[ofA, ofB].map((rects) => rects.reduce((sum, rect) => sum + area(rect), 0)));
  const both = ofA.reduce((sum, one) => sum + ofB.reduce((inner, other) => inner + common(one, other), 0), 0);
  return smaller > 0 ? Math.min(1, both / smaller) : 0;
}

function collide(a, b) {
  if (a.element.contains(b.element) || b.element.contains(a.element)) return 0;
  if ((a.control || b.control) && (holds(a.box, b.box) || holds(b.box, a.box))) return 0;
  if (isLayered(a, b) || isLayered(b, a) || isDecoration(a, b) || isDecoration(b, a)) return 0;
  return share(a, b);
}

function overlapping(written) {
  const pressed = controls();
  const own = new Set(pressed.map(({ element }) => element));
  const free = written.filter(({ element }) => { const control = element.closest(CONTROLS); return !control || !own.has(control); });
  const all = [...free, ...pressed].map((one) => ({ ...one, ink: one.control ? one.box : ink(one.box, one.size) })).sort((a, b) => a.ink.top - b.ink.top);
  const found = [];
  let active = [], tried = 0;
  for (const one of all) {
    active = active.filter((other) => other.ink.bottom > one.ink.top);
    for (const other of active) {
      if (common(one.ink, other.ink) < SHARE * Math.min(area(one.ink), area(other.ink)) || ++tried > MOST_PAIRS) continue;
      const part = collide(one, other);
      if (part >= SHARE) found.push({ a: other.element, b: one.element, share: part });
    }
    active.push(one);
  }
  // Of two, the later one in the document is painted over the other.
  return found.slice(0, MOST_SAID).map(({ a, b, share: part }) => {
    const [under, over] = a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? [a, b] : [b, a];
    return { element: S.describe(over), other: S.describe(under), share: Math.round(part * 100) / 100 };
  });
}

// ── on a phone ──

function tiny(written) {
  const found = [];
  for (const { element, nodes } of written) {
    const parent = nodes.map((node) => node.parentElement).find((at) => parseFloat(styleOf(at).fontSize) < READABLE_PX - 0.01);
    if (!parent || parent.closest("sup, sub, .w-webflow-badge, [aria-hidden=true]")) continue;
    found.push({ element: S.describe(parent === element ? element : parent), px: parseFloat(styleOf(parent).fontSize) });
    if (found.length >= MOST_SAID) break;
  }
  return found;
}

function zooming() {
  return [...document.querySelectorAll("input, select, textarea")].slice(0, MOST_CONTROLS)
    .filter((field) => !NO_TYPING.test(field.type) && shows(field) && field.getClientRects().length > 0)
    .map((field) => ({ field, px: parseFloat(getComputedStyle(field).fontSize) }))
    .filter(({ px }) => px < NO_ZOOM_PX - 0.01).slice(0, MOST_SAID)
    .map(({ field, px }) => ({ element: S.describe(field), px }));
}

function fixedOf(element) {
  for (let at = element; at && at !== document.body; at = at.parentElement) if (styleOf(at).position === "fixed") return at;
  return null;
}

const isContent = (element) => !/^(?:html|body)$/.test(element.localName)
  && (/^(?:img|video|picture|iframe)$/.test(element.localName) || [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && WORD.test(node.data)));

// Asked at the points of a grid, so nothing is looked at but what is on top: does it lie over content of the page?
function covering() {
  const points = [];
  for (let row = 0; row < 8; row++) for (let column = 0; column < 4; column++) points.push([innerWidth * (column + 0.5) / 4, innerHeight * (row + 0.5) / 8]);
  const hits = new Map();
  for (const [x, y] of points) {
    const top = document.elementFromPoint(x, y), fixed = top && fixedOf(top);
    if (fixed) hits.set(fixed, [...(hits.get(fixed) || []), [x, y]]);
  }
  for (const [element, at] of hits) {
    const rect = element.getBoundingClientRect();
    const part = common(rect, { left: 0, top: 0, right: innerWidth, bottom: innerHeight }) / (innerWidth * innerHeight);
    const over = at.some(([x, y]) => document.elementsFromPoint(x, y).some((below) => !element.contains(below) && !below.contains(element) && isContent(below)));
    if (at.length / points.length > COVERED && part > COVERED && over) return { element: S.describe(element), share: Math.round(part * 100) / 100 };
  }
  return null;
}

// A form is what its fields are named like ("closest", "contains"): then this one question has no answer.
function attempt(ask, none) {
  try { return ask(); } catch { return none; }
}

S.texts = (viewport) => {
  styles = new Map();
  const written = attempt(texts, []), phone = viewport === "mobile";
  const said = {
    clipped: attempt(() => written.filter(isCut).slice(0, MOST_SAID).map(({ element }) => S.describe(element)), []),
    overlapping: attempt(() => overlapping(written), []),
    tiny: phone ? attempt(() => tiny(written), []) : [],
    zooming: phone ? attempt(zooming, []) : [],
    covering: phone ? attempt(covering, null) : null,
  };
  styles = new Map();
  return said;
};
