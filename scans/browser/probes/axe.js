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

S.axe = async () => {
  const results = await S.loadAxe().run(document, {
    resultTypes: ["violations", "incomplete"], elementRef: true, selectors: false, iframes: false, rules: ALSO,
    preload: { assets: ["media"], timeout: 1000 },
  });
  return JSON.stringify([...results.violations.map((rule) => answer(rule, false)), ...results.incomplete.map((rule) => answer(rule, true))]);
};
