// The page begins here: load, lay out, draw a frame when anything changed.

const canvas = document.getElementById("canvas");
const overview = document.getElementById("overview");

/** Draw in the next frame; however often it is asked for, once. */
function redraw(app) {
  if (app.isDue) return;
  app.isDue = true;
  requestAnimationFrame(() => {
    app.isDue = false;
    drawFrame(app);
  });
}

/** From back to front: arrows pass behind the bands of the lanes that they cross. */
const FRAME_PARTS = [
  drawGrid, drawRows, drawSilentLanes, drawMessages, drawBands, drawRequests, drawEnds, drawEvents, drawActors, drawLabels, drawPinned,
  drawAxis,
];

function drawFrame(app) {
  const began = performance.now();
  const { pen, width, height } = fitted(canvas);
  if (width !== app.view.width || height !== app.view.height) {
    Object.assign(app.view, { width, height });
    arrangeLanes(app);
  }
  const drawn = { bands: 0, messages: 0, messagesInView: 0, crosses: 0, requests: 0, events: 0, eventsInView: 0, inner: 0, found: 0 };
  const frame = { app, view: app.view, pen, width, height, drawn, targets: newTargets(), ends: [], labelled: [] };
  pen.clearRect(0, 0, width, height);
  for (const draw of FRAME_PARTS) draw(frame);
  drawOverview(app, overview);
  Object.assign(app, { targets: frame.targets, drawn, frames: app.frames + 1, frameMs: performance.now() - began });
  document.getElementById("names-list").style.transform = `translateY(${AXIS_HEIGHT - app.view.shift}px)`;
  showStatus(app);
}

/** What is pinned or under the pointer stands out: an arrow by a broad line, a record by a line over its lane. */
function drawPinned(frame) {
  for (const thing of [frame.app.hover, frame.app.pinned]) {
    if (!thing) continue;
    if (thing.type === "message") drawHalo(frame, segmentOf(frame, thing.id));
    else drawPlace(frame, recordOf(frame.app.model, thing));
  }
}

function drawHalo(frame, segment) {
  if (!segment) return;
  frame.pen.strokeStyle = palette["accent-soft"];
  frame.pen.lineWidth = 8;
  strokeLines(frame.pen, [segment]);
  drawSegments(frame, [segment], { alpha: 1, width: 2.4 });
}

function drawPlace({ pen, view, app }, i) {
  const { records } = app.model;
  const [x, lane] = [xOf(view, records.time[i]), records.lane[i]];
  pen.fillStyle = palette["accent-soft"];
  pen.fillRect(x - 4, laneEdge(view, lane), 8, view.lanes[lane].height);
  pen.fillStyle = palette.accent;
  pen.fillRect(x - 0.5, laneEdge(view, lane), 1, view.lanes[lane].height);
}

function showStatus({ view, model, drawn }) {
  const seen = drawn.messages < drawn.messagesInView
    ? `${drawn.messages.toLocaleString("en")} of ${counted(drawn.messagesInView, "message")} drawn: zoom in for all`
    : counted(drawn.messages, "message");
  const span = `${timeText(view.from, (view.to - view.from) / 100)} to ${timeText(view.to, (view.to - view.from) / 100)} (${durationText(view.to - view.from)})`;
  document.getElementById("status").textContent = `${span} · ${seen} in view · ${counted(model.records.count, "record")} in all`;
}

/** What a reader should know of this picture: what is not in it, and what was moved. */
function notices(model) {
  const said = [];
  if (!model.has_messages) said.push("Messages were not recorded (the trail's level is `events`)");
  if (model.is_wall) said.push("time is wall-clock time: the replicas' monotonic clocks are not of one machine");
  if (model.moved) said.push(`${counted(model.moved, "record")} stand later than their clocks say, behind their causes (by ${durationText(model.moved_us_max / 1e6)} at most)`);
  return said.join("; ");
}

function arrangeLanes(app) {
  arrange(app.view, (lane) => actorsIn(app.model, app.hidden, lane));
  showNames(app);
}

function showNames(app) {
  const list = element("div", { id: "names-list" });
  app.view.lanes.forEach((place, lane) => list.append(laneName(app, place, lane)));
  const focused = document.activeElement?.dataset?.lane;
  document.getElementById("names").replaceChildren(element("div", { id: "axis-cover" }, "replicas"), list);
  if (focused !== undefined) document.querySelector(`[data-lane="${focused}"]`)?.focus();
}

function laneName(app, { name, y, height, rows, pad }, lane) {
  const isOpen = app.view.open.has(lane);
  const button = element("button", {
    type: "button", "data-lane": lane, "aria-expanded": isOpen, title: isOpen ? "Close" : "Show its actors",
    onclick: () => toggleLane(app, lane),
  }, name);
  button.style.top = `${pad + LANE.band - 5}px`;
  const box = element("div", { class: "lane" }, button);
  Object.assign(box.style, { top: `${y}px`, height: `${height}px` });
  rows.forEach((actor, row) => {
    const label = element("div", { class: "actor" }, app.model.actors[actor]);
    label.style.top = `${pad + LANE.rows + (row + 0.5) * LANE.row - 8}px`;
    box.append(label);
  });
  return box;
}

function toggleLane(app, lane) {
  if (lane >= app.model.lanes.length) return;
  if (!app.view.open.delete(lane)) app.view.open.add(lane);
  arrangeLanes(app);
  redraw(app);
}

/**
 * For tests, and for whoever asks from the console: what is loaded, in view and drawn, and where a thing is.
 * `locate({ type, id })` gives the place of the thing on the page, or null when it is not drawn.
 */
function hook(app) {
  return {
    describe: () => ({
      records: app.model.records.count, messages: app.model.messages.count, lanes: app.model.lanes, view: [app.view.from, app.view.to],
      end: app.model.end, drawn: app.drawn, frames: app.frames, frameMs: app.frameMs, pinned: app.pinned, hover: app.hover,
      found: app.found && { list: app.found.list, messages: app.found.messages.size, requests: app.found.requests.size },
      open: [...app.view.open].map((lane) => app.model.lanes[lane]),
    }),
    messages: (fate) => [...app.model.messages.fate.keys()].filter((m) => app.model.messages.fate[m] === fate),
    record: (i) => recordAt(app.model, i),
    locate: (thing) => located(app, thing),
    show: (from, to) => {
      showSpan(app.view, from, to);
      drawFrame(app);
      return app.frameMs;
    },
  };
}

function located({ targets }, { type, id }) {
  const is = ({ thing }) => thing.type === type && thing.id === id;
  const { left, top } = canvas.getBoundingClientRect();
  const line = targets.lines.findLast(is);
  if (line) return { x: left + (line.x0 + line.x1) / 2, y: top + (line.y0 + line.y1) / 2 };
  const point = targets.points.findLast(is);
  if (point) return { x: left + point.x, y: top + point.y };
  const box = targets.boxes.findLast(is);
  return box ? { x: left + box.x + box.w / 2, y: top + box.y + box.h / 2 } : null;
}

function start(model) {
  readPalette();
  const app = {
    model, view: newView(model), hidden: hiddenAtFirst(model), found: null, pinned: null, hover: null,
    targets: newTargets(), drawn: {}, frames: 0, frameMs: 0, isDue: false,
  };
  arrangeLanes(app);
  showFilters(app);
  handleTabs();
  handleSearch(app);
  handlePointer(app, canvas);
  handleOverview(app, overview);
  handleKeys(app);
  handleButtons(app);
  handleDivider();
  document.getElementById("tab-legend").addEventListener("click", () => showFilters(app));
  document.getElementById("notice").textContent = document.getElementById("notice").title = notices(model);
  new ResizeObserver(() => redraw(app)).observe(canvas);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readPalette();
    showFilters(app);
    redraw(app);
  });
  drawFrame(app);
  window.viewer = hook(app);
}

loaded().then(start).catch((error) => {
  document.getElementById("status").textContent = `This page cannot be shown: ${error.message}`;
  throw error;
});
