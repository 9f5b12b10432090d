// Pictures without a size, and what jumps when they arrive. Whether a visit sees the jump is a race between the picture and the
// first paint, which a cache wins and a visitor loses. So the pictures of the first screen are taken away for the moment of one
// layout, by an animation that no script and no style of the page notices, and what moves is what moves for visitors. The score is
// that of Layout Instability (https://wicg.github.io/layout-instability/): the share of the screen that moved, times how far.
const LEAST_MOVE = 3, MOST_MEASURED = 1500, CELL = 30, NEXT_PX = 64;
const ITSELF = new Set(["img", "svg", "video", "iframe", "canvas", "input", "button", "select", "textarea"]);

const placed = (element) => {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return { left: left + scrollX, top: top + scrollY, right: right + scrollX, bottom: bottom + scrollY };
};
const onFirstScreen = ({ left, top, right, bottom }) => right > left && bottom > top && top < innerHeight && bottom > 0;

function growsInPlace(image) {
  if (!image.complete || !image.naturalWidth || (image.hasAttribute("width") && image.hasAttribute("height"))) return false;
  const style = getComputedStyle(image);
  const height = image.computedStyleMap && image.computedStyleMap().get("height");
  if (style.aspectRatio !== "auto" || !height || String(height) !== "auto") return false;
  return !["absolute", "fixed"].includes(style.position) && onFirstScreen(placed(image));
}

const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

function measured(also) {
  const found = new Set(also);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
  for (let element = walker.nextNode(); element && found.size < MOST_MEASURED; element = walker.nextNode()) {
    if ((ITSELF.has(element.localName) || hasText(element)) && element.getClientRects().length) found.add(element);
  }
  return [...found];
}

function without(images, elements) {
  const animations = images.map((image) => image.animate({ height: ["0px", "0px"], minHeight: ["0px", "0px"] }, 1e6));
  try {
    return elements.map(placed);
  } finally {
    animations.forEach((animation) => animation.cancel());
  }
}

// In cells: how much of the screen what moved covers, before and after.
function touched(boxes) {
  const cells = new Set();
  for (const { left, top, right, bottom } of boxes) {
    const [x0, x1] = [Math.max(0, left), Math.min(innerWidth, right)], [y0, y1] = [Math.max(0, top), Math.min(innerHeight, bottom)];
    for (let y = Math.floor(y0 / CELL); y * CELL < y1; y++) {
      for (let x = Math.floor(x0 / CELL); x * CELL < x1; x++) cells.add(y * 1000 + x);
    }
  }
  return cells.size / (Math.ceil(innerWidth / CELL) * Math.ceil(innerHeight / CELL));
}

const isRightBelow = (image, { now }) =>
  now.left < image.right && now.right > image.left && now.top >= image.bottom - 1 && now.top - image.bottom <= NEXT_PX;

function compare(images, also) {
  const elements = measured(also), now = elements.map(placed), then = without(images, elements), own = new Set(images);
  return elements
    .map((element, i) => ({ element, now: now[i], then: then[i], by: Math.max(Math.abs(now[i].top - then[i].top), Math.abs(now[i].left - then[i].left)) }))
    .filter(({ element, now, then, by }) => by > LEAST_MOVE && !own.has(element) && (onFirstScreen(now) || onFirstScreen(then)));
}

// `also` are elements that moved while the page loaded. `pushing` tells how far each picture pushes what stands right below it.
S.pushes = (also) => {
  const images = [...document.images].filter(growsInPlace), pushing = new Map();
  const moved = images.length && document.body ? compare(images, also) : [];
  for (const image of moved.length ? images : []) {
    const below = moved.filter((one) => isRightBelow(placed(image), one));
    if (below.length) pushing.set(image, Math.max(...below.map(({ by }) => by)));
  }
  const furthest = Math.min(innerHeight, Math.max(0, ...moved.map(({ by }) => by)));
  const score = touched(moved.flatMap(({ now, then }) => [now, then])) * furthest / Math.max(innerWidth, innerHeight);
  return { pushing, moved: moved.map(({ element }) => element), score };
};
