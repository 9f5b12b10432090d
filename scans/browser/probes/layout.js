// The layout at the present width: how wide the document scrolls and who sticks out, what stays invisible, and the texts.
const MOST_ELEMENTS = 20000, MOST_SAID = 20, SLACK = 1;
const CLOSED_BY_DESIGN = [
  "nav, dialog, details, template, noscript, [hidden], [aria-hidden=true], [role=dialog], [role=tabpanel], [role=tooltip], [role=menu]",
  ".w-nav-menu, .w-nav-overlay, .w-dropdown-list, .w-tab-pane, .w-slide, .w-slider-nav, .w-slider-arrow-left, .w-slider-arrow-right",
  ".w-form-done, .w-form-fail, .w-lightbox-backdrop, .w-commerce-commercecartcontainerwrapper, .w-condition-invisible",
  "[class*=modal i], [class*=popup i], [class*=pop-up i], [class*=lightbox i], [class*=dropdown i], [class*=accordion i]",
  "[class*=tooltip i], [class*=menu i], [class*=overlay i], [class*=preload i], [class*=loader i], [class*=swiper i], [class*=slick i]",
  "[class*=splide i], [class*=carousel i], [class*=faq i], [class*=toast i], [class*=cookie i]",
].join(", ");
const BY_INTERACTION = /(?:^|;)\s*(?:opacity:\s*0(?:\.0+)?\s*(?:;|$)|visibility:\s*hidden)/i;
const REVEALED = "[data-aos], [data-sal], [data-scroll], [data-reveal], .wow, .w-reveal, [data-w-id]";
const MEDIA = "img, video, picture, svg, canvas, iframe";
const CLIPS = /^(?:hidden|clip|auto|scroll)$/;

const bounded = (list) => (list.length > MOST_ELEMENTS ? Array.prototype.slice.call(list, 0, MOST_ELEMENTS) : [...list]);
const everything = () => bounded((document.body || document.documentElement).getElementsByTagName("*"));

function scrollsSideways(root) {
  const styles = [document.documentElement, document.body].filter(Boolean).map((element) => getComputedStyle(element).overflowX);
  const viewport = styles[0] === "visible" && styles[1] ? styles[1] : styles[0];
  return root.scrollWidth > root.clientWidth + SLACK && viewport !== "hidden" && viewport !== "clip";
}

function isClipped(element) {
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    const style = getComputedStyle(at);
    if (style.position === "fixed" || (at !== element && CLIPS.test(style.overflowX))) return true;
  }
  return false;
}

// The outermost of what sticks out is what has to be changed; what only sits in it is not said again.
function overflowing(root) {
  const left = getComputedStyle(document.documentElement).direction === "rtl";
  const past = (rect) => (left ? -rect.left - scrollX : rect.right + scrollX - root.clientWidth);
  const found = [];
  const by = new Map();
  for (const element of everything()) {
    const rect = element.getBoundingClientRect();
    if (!rect.width || !rect.height) continue;
    const out = past(rect);
    by.set(element, out);
    const above = by.get(element.parentElement) || 0;
    if (out > SLACK && out > above + SLACK && !isClipped(element)) found.push({ element, out });
  }
  return found.sort((a, b) => b.out - a.out).slice(0, MOST_SAID).map(({ element }) => element);
}

S.isClosedByDesign = (element) => element.closest(CLOSED_BY_DESIGN) !== null;

const isUnseen = (style) => Number(style.opacity) < 0.02 || style.visibility === "hidden";

function saysSomething(element) {
  const rect = element.getBoundingClientRect();
  if (rect.width < 10 || rect.height < 8) return false;
  return element.matches(MEDIA) || element.querySelector(MEDIA) !== null || element.textContent.trim().length > 2;
}

function isByInteraction(element) {
  return BY_INTERACTION.test(element.getAttribute("style") || "") || element.matches(REVEALED);
}

function isHiddenByMistake(element, style) {
  if (style.position === "absolute" || style.position === "fixed" || style.display === "none") return false;
  return isByInteraction(element) && saysSomething(element) && !S.isClosedByDesign(element);
}

function hidden() {
  const found = [];
  const unseen = new Set();
  for (const element of everything()) {
    if (unseen.has(element.parentElement)) { unseen.add(element); continue; }
    const style = getComputedStyle(element);
    if (!isUnseen(style)) continue;
    unseen.add(element);
    if (isHiddenByMistake(element, style)) found.push(element);
    if (found.length >= MOST_SAID) break;
  }
  return found;
}

// A short text that changes while something fades in; "" when nothing is hidden.
S.hiddenState = () => hidden().map((element) => {
  const style = getComputedStyle(element);
  return `${style.opacity} ${style.visibility} ${style.transform}`;
}).join("|");

const suspects = new Map();

function layout(viewport) {
  const root = document.scrollingElement || document.documentElement;
  const sideways = scrollsSideways(root);
  suspects.set(viewport, hidden());
  return {
    scroll_width: sideways ? root.scrollWidth : root.clientWidth,
    scroll_height: Math.max(root.scrollHeight, document.documentElement.offsetHeight),
    overflowing: sideways ? overflowing(root).map(S.describe) : [],
    hidden: suspects.get(viewport).map(S.describe),
    ...S.texts(viewport),
  };
}

S.layout = async (viewport, mostMs) => {
  await S.atRest(mostMs);
  return JSON.stringify(layout(viewport));
};
S.layoutOf = layout;

// Asked last: of what was hidden at each viewport, which (by position in its list) can be seen by now. An interaction may start late.
S.shownLate = () => {
  const late = {};
  for (const [viewport, elements] of suspects) {
    late[viewport] = elements.flatMap((element, i) => (element.isConnected && isUnseen(getComputedStyle(element)) ? [] : [i]));
  }
  return JSON.stringify(late);
};
S.everything = everything;
