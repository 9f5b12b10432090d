// Does Webflow's menu button open the menu? It is pressed as a visitor would, watched for a moment, and pressed again.
const NO_REACTION_MS = 300, REACTION_MS = 400, MOVING_MS = 1000, STEP_MS = 25;
const PRESS = [["pointerdown", PointerEvent], ["mousedown", MouseEvent], ["pointerup", PointerEvent], ["mouseup", MouseEvent]];

const isShown = (element) => {
  const rect = element.getBoundingClientRect();
  return rect.width > 1 && rect.height > 1 && rect.right > 0 && rect.left < innerWidth && rect.bottom > 0 && rect.top < innerHeight
    && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
};

// A menu that was already there when nobody had pressed anything is no menu that a button opens.
function closedMenu() {
  for (const button of document.querySelectorAll(".w-nav .w-nav-button")) {
    const nav = button.closest(".w-nav"), menu = nav.querySelector(".w-nav-menu");
    if (menu && isShown(button) && !isShown(menu) && isOnTop(button)) return { nav, button, menu };
  }
  return null;
}

function isOnTop(button) {
  const rect = button.getBoundingClientRect();
  const top = document.elementFromPoint(rect.left + rect.width / 2, rect.top + rect.height / 2);
  return top !== null && (button.contains(top) || top.contains(button));
}

function press(button) {
  const rect = button.getBoundingClientRect();
  const where = { bubbles: true, cancelable: true, composed: true, view: window, button: 0, detail: 1,
    clientX: rect.left + rect.width / 2, clientY: rect.top + rect.height / 2 };
  for (const [name, Kind] of PRESS) button.dispatchEvent(new Kind(name, where));
  button.click();
}

const isMoving = (nav) => document.getAnimations().some(({ playState, effect }) =>
  playState === "running" && effect && effect.target && (nav.contains(effect.target) || effect.target.contains(nav)));

async function opens({ nav, button, menu }) {
  let reacted = false;
  const watcher = new MutationObserver(() => { reacted = true; });
  watcher.observe(document.documentElement, { subtree: true, childList: true, attributes: true });
  const began = performance.now();
  press(button);
  for (;;) {
    await S.pause(STEP_MS);
    const passed = performance.now() - began;
    const opened = isShown(menu) || button.classList.contains("w--open") || button.getAttribute("aria-expanded") === "true";
    const most = reacted && isMoving(nav) ? MOVING_MS : reacted ? REACTION_MS : NO_REACTION_MS;
    if (opened || passed > most) { watcher.disconnect(); return opened; }
  }
}

S.menu = async () => {
  const found = closedMenu();
  if (!found) return "null";
  const element = S.describe(found.button), opened = await opens(found);
  if (opened) press(found.button);
  return JSON.stringify({ element, opened });
};
