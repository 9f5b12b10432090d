// Right before a picture: what moves is brought to its end, and the boxes of what never rests are told, so that two pictures of
// one unchanged page are alike. What changes its text or its look by itself while we watch never rests either.
const MOST_ANIMATIONS = 2000, MOST_RESTLESS = 300, MOST_RECORDS = 20000, MOST_BOXES = 200, MOST_OF_PAGE = 0.6, WATCH_MS = 100;
const MOVING = [
  "video", "marquee", "canvas", "iframe", "lottie-player", "dotlottie-player", "dotlottie-wc", "spline-viewer",
  "[data-animation-type=lottie]", ".w-background-video", 'img[src*=".gif" i]',
  '.w-slider[data-autoplay="true"]', '.w-slider[data-autoplay="1"]', ".swiper", ".splide", ".slick-slider", ".owl-carousel",
  ".flickity-enabled", ".glide", "[data-bs-ride]",
  "[data-countdown]", '[class*="countdown" i]', '[class*="odometer" i]',
].join(",");
const CONSENT = [
  "#onetrust-consent-sdk", "#CybotCookiebotDialog", "#usercentrics-root", "#usercentrics-cmp-ui", "#cookie-law-info-bar", ".cc-window",
  "#cookiescript_injected", ".osano-cm-window", "#iubenda-cs-banner", "#termly-code-snippet-support", "#didomi-host", "#axeptio_overlay",
  "[fs-cc=banner]", "[fs-cc=manager]", ".fs-cc-banner_component", '[id*="cookie-banner" i]', '[class*="cookie-banner" i]',
  '[id*="cookie-consent" i]', '[class*="cookie-consent" i]', '[class*="cookie-notice" i]',
].join(",");

const looks = new Map();  // element → how often its style or class changed
const restless = new Map();  // element → where it was
let records = 0;
const watcher = new MutationObserver((batch) => {
  records += batch.length;
  const once = new Set();
  for (const record of batch) {
    if (record.type === "attributes") once.add(record.target);
    else if (isText(record)) note(record.type === "characterData" ? record.target.parentElement : record.target);
  }
  for (const element of once) {
    looks.set(element, (looks.get(element) || 0) + 1);
    if (looks.get(element) > 1) note(element);  // once is a page that gets ready; again and again is one that moves
  }
  if (isFull()) watcher.disconnect();
});

const isFull = () => records > MOST_RECORDS || restless.size > MOST_RESTLESS;

function note(element) {
  if (element && element !== document.documentElement && element !== document.body && !restless.has(element)) {
    restless.set(element, element.getBoundingClientRect());
  }
}
const isText = ({ type, addedNodes, removedNodes }) =>
  type === "characterData" || [...addedNodes, ...removedNodes].every((node) => node.nodeType === Node.TEXT_NODE);
const WATCHED = { subtree: true, childList: true, characterData: true };

// From the first scroll on texts are watched, from the moment the page is at rest looks too.
S.watchTexts = () => { if (!isFull()) watcher.observe(document, WATCHED); };
let watchedUntil = 0;
S.watchLooks = () => {
  watchedUntil = performance.now() + WATCH_MS;
  if (!isFull()) watcher.observe(document, { ...WATCHED, attributes: true, attributeFilter: ["style", "class", "src", "d", "transform"] });
};

function finish(animation) {
  const timing = animation.effect && animation.effect.getComputedTiming();
  if (!timing || animation.timeline !== document.timeline) return;  // what scrolling moves stands still by itself
  if (Number.isFinite(timing.endTime)) return animation.finish();
  animation.pause();
  animation.currentTime = 0;
}

// A picture without a file shows the sign of a broken one or nothing, as chance has it. A drawing may have no size and show.
const hidden = new Set();
const hasNoFile = (image) => image.complete && !image.naturalWidth && !/svg/i.test(image.currentSrc) && !hidden.has(image);

function hideBroken() {
  for (const image of [...document.images].filter(hasNoFile)) {
    hidden.add(image);
    image.animate({ visibility: ["hidden", "hidden"] }, { duration: 1, fill: "forwards" }).finish();
  }
}

function freeze() {
  for (const animation of document.getAnimations().slice(0, MOST_ANIMATIONS)) {
    try { finish(animation); } catch { /* one that cannot be finished goes on */ }
  }
  for (const video of document.querySelectorAll("video")) video.pause();
  const focused = document.activeElement;
  if (focused && focused !== document.body && focused.style) focused.style.setProperty("caret-color", "transparent", "important");
}

function select(selector) {
  try { return [...document.querySelectorAll(selector)]; } catch { return []; }  // a selector that is none hides nothing
}

const rectOf = (element) => element.getBoundingClientRect();
const page = () => document.scrollingElement || document.documentElement;
const isMost = ({ width, height }) => width * height > MOST_OF_PAGE * page().scrollWidth * page().scrollHeight;

// Banners stand in wrappers that may have no size of their own.
const withChildren = (element) => [element, ...[...element.children].slice(0, 20)];

// What moves is elsewhere when the picture is taken: its parent is where it moves, or the whole width. Told once, at the
// first width: at another one everything is elsewhere.
let movers = null;

function findMovers() {
  movers ??= new Set([...restless].filter(([element, was]) => {
    const now = rectOf(element);
    return was.width > 0 && (was.x !== now.x || was.y !== now.y);
  }).map(([element]) => element));
}

function whereRestless(element) {
  const now = rectOf(element);
  if (!movers.has(element)) return now;
  const around = element.parentElement ? rectOf(element.parentElement) : now;
  return isMost(around) ? new DOMRect(-scrollX, now.y, page().scrollWidth, now.height) : around;
}

function boxes(rects) {
  const found = [];
  for (const rect of rects) {
    if (rect.width <= 0 || rect.height <= 0) continue;
    const x = Math.max(0, Math.floor(rect.left + scrollX)), y = Math.max(0, Math.floor(rect.top + scrollY));
    const right = Math.ceil(rect.right + scrollX), bottom = Math.ceil(rect.bottom + scrollY);
    if (right > x && bottom > y) found.push([x, y, right - x, bottom - y]);
    if (found.length >= MOST_BOXES) break;
  }
  return found;
}

const isMissing = (image) => !image.complete && image.getClientRects().length > 0;

// `chosen` are the customer's selectors. `ready` is false when letters may still change.
S.still = async (chosen) => {
  const left = watchedUntil - performance.now();
  if (left > 0) await S.pause(left);  // axe-core takes longer than that on nearly every page
  freeze();
  hideBroken();
  if (document.getAnimations().some((animation) => animation.playState === "running")) {
    await S.frame();
    freeze();  // what the end of one set off
  }
  findMovers();
  const moving = [...select(MOVING), ...select(CONSENT).flatMap(withChildren), ...[...document.images].filter(isMissing)];
  const rects = [...[...restless.keys()].filter((element) => element.isConnected).map(whereRestless), ...moving.map(rectOf)].filter((rect) => !isMost(rect));
  S.watchTexts();  // looks no more: what a new width sets off is no unrest
  return JSON.stringify({
    ignored: boxes([...chosen.flatMap(select).map(rectOf), ...rects]),
    ready: document.fonts.status === "loaded",
  });
};
