// Brings the page to rest: scrolls through it, so that lazy pictures load and interactions run, and waits for what that set
// off (pictures, fonts, fading) as long as something still changes. Also starts the collection of vitals.
const MOST_STEPS = 25, QUIET_MS = 80, FIRST_SCREEN_MS = 500, STALLED_MS = 500, MOST_PATIENCE = 4, MOST_STOPS = 8;

// A page that is not shown draws no frames: the timer keeps that from being for ever.
const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 50); });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function isInView(image) {
  const { top, bottom, width } = image.getBoundingClientRect();
  return width > 0 && top < innerHeight && bottom > 0;
}

// The browser looks for the largest paint until the page is scrolled: first the page has to be painted, with the lazy
// pictures of its first screen, which the load event does not wait for.
async function firstScreen() {
  const until = performance.now() + FIRST_SCREEN_MS;
  while (!performance.getEntriesByType("paint").length && performance.now() < until) await frame();
  const late = [...document.images].filter((image) => (image.loading === "lazy" || !image.complete) && isInView(image)).slice(0, 50);
  if (!late.length) return;
  const shown = Promise.all(late.map((image) => image.decode().catch(() => {})));
  await Promise.race([shown, pause(Math.max(0, until - performance.now()))]);
  await frame();
  await frame();
}

async function scrolling(through) {
  S.scrollBegins();
  const scrolled = await through();
  S.scrollEnded();
  return scrolled;
}

async function scrollThrough() {
  const root = document.scrollingElement || document.documentElement;
  const step = Math.max(innerHeight * 0.9, root.scrollHeight / MOST_STEPS);
  for (let y = step, steps = 0; y < root.scrollHeight && steps <= MOST_STEPS; y += step, steps++) {
    scrollTo({ top: y, behavior: "instant" });
    await frame();
  }
  scrollTo({ top: 0, behavior: "instant" });
  await frame();
}

// Chromium loads a lazy picture when a frame is drawn with it near: a busy machine passes some without one. They are gone to once
// more.
async function passedUnseen() {
  const top = (image) => image.getBoundingClientRect().top + scrollY;
  const stops = [...new Set(coming().map((image) => Math.max(0, Math.floor(top(image) / innerHeight))))].slice(0, MOST_STOPS);
  for (const stop of stops) {
    scrollTo({ top: stop * innerHeight, behavior: "instant" });
    await frame();
    await frame();
  }
  if (stops.length) scrollTo({ top: 0, behavior: "instant" });
  return stops.length;
}

const loaded = (image) => new Promise((done) => {
  image.addEventListener("load", done, { once: true });
  image.addEventListener("error", done, { once: true });
});

function fading() {
  return document.getAnimations().filter((animation) => {
    const timing = animation.effect && animation.effect.getComputedTiming();
    return animation.playState === "running" && timing && timing.endTime < 3000;
  });
}

async function steady(until) {
  for (let before = null; performance.now() < until; ) {
    const now = S.hiddenState();
    if ((!now || before === now) && !fading().length) return;
    before = now;
    await pause(QUIET_MS);
  }
}

// A lazy picture that is not laid out never loads: nobody waits for it.
const isComing = (image) => !image.complete && image.getClientRects().length > 0;
const coming = () => [...document.images].filter(isComing).slice(0, 500);

// The other slides of a slider load when they are shown, by a swipe or by chance: they are asked for, as a visitor does sooner or later.
function loadBeside() {
  for (const image of coming()) {
    const { left, right } = image.getBoundingClientRect();
    if (image.loading !== "lazy" || (left < innerWidth && right > 0)) continue;
    image.loading = "eager";
    image.loading = "lazy";
  }
}

function arrived(until) {
  return Promise.race([Promise.all([...coming().map(loaded), document.fonts.ready]), pause(Math.max(0, until - performance.now()))]);
}

// As long as one picture after the other arrives they are waited for: a busy machine is no reason to see half of the page.
async function arriving(until, mostMs) {
  await arrived(until);
  const latest = until + mostMs * (MOST_PATIENCE - 1);
  for (let left = coming().length; left && performance.now() < latest;) {
    await Promise.race([Promise.any(coming().map(loaded)), pause(STALLED_MS)]);
    const now = coming().length;
    if (now >= left) return;
    left = now;
  }
}

// After a change of width: one frame, and the pictures that this width asks for.
S.atRest = async (mostMs) => {
  await frame();
  await arrived(performance.now() + mostMs);
};

S.frame = frame;
S.pause = pause;

S.settle = async (mostMs) => {
  S.startVitals();
  S.watchTexts();
  const until = performance.now() + mostMs;
  await firstScreen();
  await scrolling(scrollThrough);
  loadBeside();
  await arriving(until, mostMs);
  if (await scrolling(passedUnseen)) await arriving(performance.now() + QUIET_MS, mostMs);
  await steady(until);
  S.watchLooks();
};
