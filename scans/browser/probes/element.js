// How an element is told to the outside: what scans.snapshot.Element holds, by the algorithm of scans/fetch/parse/naming.py.
// All probes share it. Each file is the body of one function that gets `S`, where the files meet.
const HASHED = "[a-z]\\d+[a-z]+\\d|\\d[a-z]+\\d+[a-z]|(?=[0-9a-f]*\\d)[0-9a-f]{8,}";
const PASSING = new RegExp(`^w--|^(?:is-)?(?:active|current|open|selected)$|^w-(?:node|mod|variant)-|${HASHED}`, "i");
const MACHINE_ID = new RegExp(`^w-(?:node|tabs|slider|dropdown|nav|lightbox)-|${HASHED}`, "i");
const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const HTML_LIMIT = 300, TEXT_LIMIT = 120, ATTRIBUTE_LIMIT = 512, ATTRIBUTES = 30, STEPS = 6, CLASSES = 3, DEEPEST = 40;
const ENDS = /^(?:html|head|body)$/;
const SILENT = /^(?:script|style|noscript|template)$/;
const INLINE = new Set(("a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span "
  + "strike strong sub sup time tt u var wbr img").split(" "));
const SMALL = 40;  // elements below one whose whole HTML is written out

const keptCache = new Map();

function kept(element) {
  const tokens = element.getAttribute("class") || "";
  let found = keptCache.get(tokens);
  if (!found) {
    found = tokens.split(/\s+/).filter((token) => token && !PASSING.test(token));
    keptCache.set(tokens, found);
  }
  return found;
}

const tagOf = (element) => element.localName;
const plainKept = (element) => kept(element).filter((token) => PLAIN.test(token));
const customClass = (element) => kept(element).find((token) => !token.startsWith("w-")) || "";
const hasClass = (element, name) => element.classList.contains(name);

function path(element) {
  const steps = [];
  for (let at = element; at && !ENDS.test(tagOf(at)); at = at.parentElement) {
    steps.unshift([tagOf(at), ...plainKept(at).slice(0, CLASSES)].join("."));
  }
  return steps.slice(-STEPS).join(" > ");
}

function labelled(word, ...carriers) {
  const name = carriers.filter(Boolean).map(customClass).find(Boolean);
  return name ? `${word} .${name}` : word;
}

function formName(element) {
  const form = tagOf(element) === "form" ? element : element.querySelector("form");
  const name = form && (form.getAttribute("data-name") || form.getAttribute("name") || form.getAttribute("id"));
  return name ? `Form “${name.slice(0, 60)}”` : "Form";
}

function carrier(at) {
  const tag = tagOf(at);
  if (ENDS.test(tag) || tag === "main") return "";
  if (tag === "nav" || hasClass(at, "w-nav") || at.getAttribute("role") === "navigation") return "Navigation";
  if (tag === "footer" || (at.getAttribute("class") || "").toLowerCase().includes("footer")) return "Footer";
  if (tag === "header") return "Header";
  if (hasClass(at, "w-dyn-list")) return labelled("Collection list", at, at.firstElementChild);
  if (tag === "form" || hasClass(at, "w-form")) return formName(at);
  for (const [name, word] of [["w-slider", "Slider"], ["w-tabs", "Tabs"], ["w-lightbox", "Lightbox"]]) {
    if (hasClass(at, name)) return labelled(word, at);
  }
  return "";
}

function isSection(at) {
  const tag = tagOf(at);
  if (ENDS.test(tag) || tag === "main") return false;
  const parent = at.parentElement && tagOf(at.parentElement);
  return tag === "section" || parent === "main" || parent === "body";
}

function component(element) {
  for (let at = element; at; at = at.parentElement) {
    const word = carrier(at);
    if (word) return word;
  }
  for (let at = element; at; at = at.parentElement) {
    if (isSection(at) && customClass(at)) return `Section .${customClass(at)}`;
  }
  return "";
}

function ownSelector(element) {
  const tag = tagOf(element);
  if (ENDS.test(tag)) return tag;
  const id = element.getAttribute("id") || "";
  if (PLAIN.test(id) && !MACHINE_ID.test(id) && document.querySelectorAll(`[id="${id}"]`).length === 1) return `#${id}`;
  const name = plainKept(element).find((token) => document.getElementsByClassName(token).length === 1);
  return name ? `${tag}.${name}` : "";
}

function position(element) {
  const tag = tagOf(element);
  if (!element.parentElement) return tag;
  const same = [...element.parentElement.children].filter((sibling) => tagOf(sibling) === tag);
  return same.length > 1 ? `${tag}:nth-of-type(${same.indexOf(element) + 1})` : tag;
}

function selector(element) {
  const steps = [];
  for (let at = element; at; at = at.parentElement) {
    const own = ownSelector(at);
    steps.unshift(own || position(at));
    if (own) break;
  }
  return steps.slice(-DEEPEST).join(" > ");
}

function text(element) {
  const what = NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT;
  const walker = document.createTreeWalker(element, what, (node) =>
    (node.nodeType === Node.ELEMENT_NODE && SILENT.test(tagOf(node)) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT));
  let found = "";
  for (let i = 0; i < 400 && found.length < 4 * TEXT_LIMIT && walker.nextNode(); i++) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) found += node.data.slice(0, 4 * TEXT_LIMIT);
    else if (!INLINE.has(tagOf(node))) found += " ";
  }
  return found.replace(/\s+/g, " ").trim().slice(0, TEXT_LIMIT);
}

const escaped = (data) => data.slice(0, HTML_LIMIT).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// The beginning of the outer HTML. Of a big element only as much is written as is kept: a body can have megabytes.
function html(element) {
  if (element.getElementsByTagName("*").length <= SMALL) return element.outerHTML.slice(0, HTML_LIMIT);
  const shell = element.cloneNode(false).outerHTML;
  let written = shell.slice(0, shell.lastIndexOf("</"));
  for (let child = element.firstChild; child && written.length < HTML_LIMIT; child = child.nextSibling) {
    if (child.nodeType === Node.ELEMENT_NODE) written += html(child);
    else if (child.nodeType === Node.TEXT_NODE) written += escaped(child.data);
  }
  return written.slice(0, HTML_LIMIT);
}

function attributes(element) {
  const found = {};
  for (const { name, value } of [...element.attributes].slice(0, ATTRIBUTES)) found[name] = value.slice(0, ATTRIBUTE_LIMIT);
  return found;
}

function box(element) {
  const rect = Element.prototype.getBoundingClientRect.call(element);
  const round = (value) => Math.round(value * 10) / 10;
  return [round(rect.x + scrollX), round(rect.y + scrollY), round(rect.width), round(rect.height)];
}

const described = new WeakMap();

function words(element) {
  try {
    return {
      selector: selector(element), html: html(element), tag: tagOf(element), text: text(element),
      attrs: attributes(element), component: component(element), path: path(element),
    };
  } catch {  // a form around it has a field that is named like one of the words we use
    const tag = Object.getOwnPropertyDescriptor(Element.prototype, "localName").get.call(element);
    return { selector: tag, html: "", tag, text: "", attrs: {}, component: "", path: tag };
  }
}

// The part of an element that does not depend on the viewport is worked out once.
function describe(element) {
  let found = described.get(element);
  if (!found) described.set(element, found = words(element));
  return { ...found, box: box(element) };
}

Object.assign(S, { describe, box, tagOf, hasClass });
