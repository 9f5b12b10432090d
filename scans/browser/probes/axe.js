// Runs axe-core on the main document. Frames are left out: axe would wait half a second for each that does not answer.
// `elementRef` with `selectors: false` saves axe the naming of elements, which `describe` does in our own words.
const MOST_NODES = 200, SUMMARY_LIMIT = 512;
const ALSO = { "target-size": { enabled: true } };  // WCAG 2.2 AA, off by default only because it is young

const summary = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("\n").slice(0, SUMMARY_LIMIT);

function answer(rule, incomplete) {
  return {
    rule: rule.id, impact: rule.impact || "moderate", help: rule.help, help_url: rule.helpUrl, tags: rule.tags, incomplete,
    more: Math.max(0, rule.nodes.length - MOST_NODES),
    nodes: rule.nodes.slice(0, MOST_NODES).filter((node) => node.element && node.element.isConnected)
      .map((node) => ({ element: S.describe(node.element), summary: summary(node) })),
  };
}

// What depends on the moment: a text that fades in, a button that slides.
const OF_THE_MOMENT = ["color-contrast", "target-size"], MOST_DOUBTED = 100;
const OPTIONS = {
  resultTypes: ["violations", "incomplete"], elementRef: true, selectors: false, iframes: false,
  preload: { assets: ["media"], timeout: 1000 },
};
let doubted = [];

function appearance(element) {
  const { x, y, width, height } = element.getBoundingClientRect(), { color, backgroundColor } = getComputedStyle(element);
  let opacity = 1;
  for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
  return [x, y, width, height].map(Math.round).join() + color + backgroundColor + opacity.toFixed(2);
}

// Gives [rule, selector] of what failed a moment ago, has changed its looks since, and passes now.
S.axePassesNow = async () => {
  const changed = doubted.filter(({ element, looked }) => !element.isConnected || appearance(element) !== looked);
  const there = changed.map(({ element }) => element).filter((element) => element.isConnected);
  if (!changed.length) return "[]";
  const again = there.length
    ? await S.loadAxe().run({ include: there }, { ...OPTIONS, runOnly: { type: "rule", values: OF_THE_MOMENT } })
    : { violations: [] };
  const fails = new Map(again.violations.map((rule) => [rule.id, new Set(rule.nodes.map((node) => node.element))]));
  return JSON.stringify(changed.filter(({ rule, element }) => !fails.get(rule)?.has(element)).map(({ rule, selector }) => [rule, selector]));
};

S.axe = async () => {
  const results = await S.loadAxe().run(document, { ...OPTIONS, rules: ALSO });
  doubted = results.violations.filter((rule) => OF_THE_MOMENT.includes(rule.id))
    .flatMap((rule) => rule.nodes.filter((node) => node.element).map(({ element }) => ({ rule: rule.id, element })))
    .slice(0, MOST_DOUBTED)
    .map((one) => ({ ...one, selector: S.describe(one.element).selector, looked: appearance(one.element) }));
  return JSON.stringify([...results.violations.map((rule) => answer(rule, false)), ...results.incomplete.map((rule) => answer(rule, true))]);
};
