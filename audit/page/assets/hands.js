// Pointer and keys on the picture.

const ZOOM_STEP = 1.6;
const PAN_SHARE = 0.15;
const CLICK_PX = 4;

/** Wheel zooms at the pointer, a sideways wheel or one with Shift moves; drag moves; a click pins. */
function handlePointer(app, canvas) {
  let grip = null;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (isSideways) panBy(app.view, -(event.deltaX || event.deltaY), 0);
    else zoomAt(app.view, event.offsetX, 2 ** (-wheelPixels(event) / 240));
    showTip(app, null);
    redraw(app);
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = { x: event.offsetX, y: event.offsetY, moved: 0 };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (grip) drag(app, canvas, grip, event);
    else showTip(app, pick(app.targets, event.offsetX, event.offsetY), event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointerup", (event) => {
    canvas.classList.remove("dragging");
    if (grip && grip.moved < CLICK_PX) pin(app, pick(app.targets, event.offsetX, event.offsetY));
    grip = null;
  });
  canvas.addEventListener("pointerleave", () => showTip(app, null));
  canvas.addEventListener("dblclick", (event) => zoomBy(app, ZOOM_STEP * 2, event.offsetX));
}

/** Browsers give lines or pixels. */
function wheelPixels({ deltaMode, deltaY }) {
  return deltaMode === WheelEvent.DOM_DELTA_LINE ? deltaY * 30 : deltaY;
}

function drag(app, canvas, grip, { offsetX, offsetY }) {
  const [dx, dy] = [offsetX - grip.x, offsetY - grip.y];
  grip.moved += Math.abs(dx) + Math.abs(dy);
  if (grip.moved < CLICK_PX) return;
  canvas.classList.add("dragging");
  showTip(app, null);
  panBy(app.view, dx, dy);
  Object.assign(grip, { x: offsetX, y: offsetY });
  redraw(app);
}

function zoomBy(app, factor, x = app.view.width / 2) {
  zoomAt(app.view, x, factor);
  redraw(app);
}

function moveBy(app, x, y) {
  panBy(app.view, x, y);
  redraw(app);
}

function showWhole(app) {
  showAll(app.view);
  redraw(app);
}

/** Move to one end of the run, at the same zoom. */
function moveToEnd(app, isEnd) {
  moveBy(app, isEnd ? -1e9 : 1e9, 0);
}

function letGo(app) {
  document.getElementById("search-for").value = "";
  app.found = null;
  showFound(app);
  pin(app, null);
}

function togglePanel(app) {
  const side = document.getElementById("side");
  side.hidden = !side.hidden;
  document.getElementById("divider").hidden = side.hidden;
  document.getElementById("side-toggle").setAttribute("aria-expanded", String(!side.hidden));
}

/** What each key does; `event.key` as the layout gives it. */
function keysOf(app) {
  const step = (event) => app.view.width * (event.shiftKey ? 0.9 : PAN_SHARE);
  const pinned = () => (app.pinned ? recordOf(app.model, app.pinned) : NONE);
  return {
    "+": () => zoomBy(app, ZOOM_STEP), "=": () => zoomBy(app, ZOOM_STEP),
    "-": () => zoomBy(app, 1 / ZOOM_STEP), "−": () => zoomBy(app, 1 / ZOOM_STEP),
    ArrowLeft: (event) => moveBy(app, step(event), 0), ArrowRight: (event) => moveBy(app, -step(event), 0),
    ArrowUp: () => moveBy(app, 0, 60), ArrowDown: () => moveBy(app, 0, -60),
    0: () => showWhole(app), Home: () => moveToEnd(app, false), End: () => moveToEnd(app, true),
    Escape: () => letGo(app),
    j: () => goTo(app, pinned() + 1), k: () => goTo(app, pinned() - 1), c: () => goTo(app, causeOf(app.model, pinned())),
    n: () => goToFound(app, (app.found?.at ?? NONE) + 1), N: () => goToFound(app, (app.found?.at ?? 0) - 1),
    p: () => togglePanel(app),
    "/": () => document.getElementById("search-for").focus(),
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => [digit, () => toggleLane(app, digit - 1)])),
  };
}

/** Keys work wherever the focus is, but in fields and on what has keys of its own. */
function handleKeys(app) {
  const keys = keysOf(app);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input[type='search'], select");
    if (isTyping && event.key === "Escape") document.getElementById("canvas").focus();
    const isTaken = isTyping || (event.key.startsWith("Arrow") && event.target.closest("#side"));
    const act = keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act || (isTaken && event.key !== "Escape")) return;
    event.preventDefault();
    act(event);
  });
}

/** The panel is as wide as its edge is drawn, or moved with the arrow keys. */
function handleDivider() {
  const divider = document.getElementById("divider");
  const side = document.getElementById("side");
  const widen = (pixels) => { side.style.width = `${side.offsetWidth + pixels}px`; };
  divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
  divider.addEventListener("pointermove", (event) => {
    if (divider.hasPointerCapture(event.pointerId)) widen(divider.getBoundingClientRect().left - event.clientX);
  });
  divider.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: 30, ArrowRight: -30 }[event.key];
    if (!step) return;
    event.stopPropagation();
    widen(step);
  });
}

function handleButtons(app) {
  const on = (id, act) => document.getElementById(id).addEventListener("click", act);
  on("zoom-in", () => zoomBy(app, ZOOM_STEP));
  on("zoom-out", () => zoomBy(app, 1 / ZOOM_STEP));
  on("zoom-all", () => showWhole(app));
  on("side-toggle", () => togglePanel(app));
}
