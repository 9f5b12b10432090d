// Everything of the document that is asked once, at the desktop viewport: title, ids, links, pictures, Webflow's left-overs,
// what blocked the first paint, the layout, the vitals, where the named elements are, and the e-mail fields.
const MOST_IDS = 20000, MOST_LINKS = 5000, MOST_IMAGES = 1000, MOST_FOUND = 100, TITLE_LIMIT = 512, URL_LIMIT = 2048;

const isVisible = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const isSeen = (element) => isVisible(element) && element.getClientRects().length > 0;

function ids() {
  const found = new Set();
  for (const element of document.querySelectorAll("[id], a[name]")) {
    if (element.id) found.add(String(element.id).slice(0, TITLE_LIMIT));
    if (element.localName === "a" && element.name) found.add(element.name.slice(0, TITLE_LIMIT));
    if (found.size >= MOST_IDS) break;
  }
  return [...found];
}

function links() {
  const found = new Set();
  for (const { href } of document.links) {
    if (typeof href === "string" && /^https?:/.test(href) && href.length <= URL_LIMIT) found.add(href.split("#")[0]);
    if (found.size >= MOST_LINKS) break;
  }
  return [...found];
}

function picture(image) {
  const rect = image.getBoundingClientRect();
  return {
    element: S.describe(image), url: (image.currentSrc || image.src || "").slice(0, URL_LIMIT),
    natural_width: image.naturalWidth, natural_height: image.naturalHeight, width: rect.width, height: rect.height,
    complete: image.complete, visible: isSeen(image) && rect.width > 0 && rect.height > 0,
    pushes: S.pushing.get(image) || 0,
  };
}

const shown = (selector) => [...document.querySelectorAll(selector)]
  .filter((element) => isSeen(element) && !element.closest(".w-condition-invisible")).slice(0, MOST_FOUND).map(S.describe);

function located(selectors) {
  const boxes = {};
  for (const selector of selectors) {
    let element = null;
    try { element = document.querySelector(selector); } catch { continue; }  // a selector that is none has no box
    if (element) boxes[selector] = S.box(element);
  }
  return boxes;
}

S.page = (viewport, selectors, cpuMs) => JSON.stringify({
  vitals: S.vitals(cpuMs),
  final_url: location.href,
  title: String(document.title).slice(0, TITLE_LIMIT),
  dom_elements: document.getElementsByTagName("*").length,
  ids: ids(),
  links: links(),
  images: [...document.images].slice(0, MOST_IMAGES).map(picture),
  visible_empty_lists: shown(".w-dyn-empty"),
  visible_unbound: shown(".w-dyn-bind-empty"),
  render_blocking: performance.getEntriesByType("resource").filter((r) => r.renderBlockingStatus === "blocking").map((r) => r.name),
  layout: S.layoutOf(viewport),
  boxes: located(selectors),
  emails: S.emails(),
});
