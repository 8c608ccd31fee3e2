// The lanes: time axis, bands of role and term, requests of clients, marks of events.

const MARKS_MAX = 2500;
const STEPS = [1, 2, 5];

/** Seconds between two lines of the grid, so that labels have room. */
function gridStep(view, pixels) {
  const least = ((view.to - view.from) / view.width) * pixels;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (STEPS.find((step) => step * power >= least) ?? 10);
}

function drawGrid({ pen, view, height }) {
  const step = gridStep(view, 110);
  pen.font = "11px system-ui, sans-serif";
  for (let i = Math.ceil(view.from / step); i * step <= view.to; i++) {
    const x = Math.round(xOf(view, i * step)) + 0.5;
    pen.fillStyle = palette.grid;
    pen.fillRect(x, AXIS_HEIGHT, 1, height);
  }
  for (let lane = 0; lane < view.lanes.length; lane++) {
    pen.fillStyle = palette.line;
    pen.fillRect(0, laneEdge(view, lane) + view.lanes[lane].height - 1, view.width, 1);
  }
}

/** The axis comes last: lanes move below it. */
function drawAxis({ pen, view, width }) {
  const step = gridStep(view, 110);
  pen.fillStyle = palette.sheet;
  pen.fillRect(0, 0, width, AXIS_HEIGHT);
  pen.fillStyle = palette.line;
  pen.fillRect(0, AXIS_HEIGHT - 1, width, 1);
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = palette.soft;
  for (let i = Math.ceil(view.from / step); i * step <= view.to; i++) {
    pen.fillText(timeText(i * step, step), xOf(view, i * step) + 4, 17);
    pen.fillRect(Math.round(xOf(view, i * step)), AXIS_HEIGHT - 7, 1, 6);
  }
}

function drawBands(frame) {
  const { app, view } = frame;
  app.model.bands.forEach((band, id) => {
    const [from, to] = [app.model.records.time[band.first], app.model.records.time[band.last]];
    if (to < view.from || from > view.to) return;
    drawBand(frame, band, id, Math.max(xOf(view, from), -2), Math.min(xOf(view, to), view.width + 2));
  });
  for (const ending of app.model.endings) drawEnding(frame, ending);
}

function drawBand({ pen, view, app, targets, drawn }, band, id, x0, x1) {
  const role = app.model.roles[band.role];
  const top = laneTop(view, band.lane);
  const width = Math.max(x1 - x0, 1);
  pen.fillStyle = roleColour(role);
  pen.fillRect(x0, top + LANE.band, width, LANE.bandHeight);
  pen.fillStyle = termColour(band.term);
  pen.fillRect(x0, top + LANE.term, width, 3);
  pen.fillStyle = palette.paper;
  pen.fillRect(x0, top + LANE.band, 1, LANE.bandHeight + 4);
  writeInside(pen, [`${role.replace("_", "-")} · term ${band.term}`, `term ${band.term}`, String(band.term)], x0, width, top + LANE.band + 12);
  drawn.bands++;
  targets.boxes.push({ x: x0, y: top + LANE.band, w: width, h: LANE.bandHeight + 4, thing: { type: "band", id } });
}

/** The longest of `texts` that fits between x and x + width. */
function writeInside(pen, texts, x, width, y) {
  pen.font = "11px system-ui, sans-serif";
  pen.fillStyle = palette["on-role"];
  const text = texts.find((each) => pen.measureText(each).width + 12 < width);
  if (text) pen.fillText(text, x + 6, y);
}

/** Where a process ends: a bar, and a word where it says why. */
function drawEnding({ pen, view, app }, { lane, last, how }) {
  const x = xOf(view, app.model.records.time[last]);
  if (x < -80 || x > view.width + 4) return;
  const y = laneTop(view, lane) + LANE.band - 4;
  pen.fillStyle = how === "failed" ? palette.trouble : palette.soft;
  pen.fillRect(x, y, 2, LANE.bandHeight + 12);
  pen.font = "10.5px system-ui, sans-serif";
  pen.fillText({ stopped: "stopped", failed: "failed", cut: "trail ends" }[how], x + 6, y + 15);
}

/** Requests that replicas have: a bar from arrival to answer, in the colour of the answer. */
function drawRequests(frame) {
  const { app, view } = frame;
  const groups = app.model.requestGroups;
  const gap = thinning(groups, view.from, view.to, MARKS_MAX);
  for (const group of groups) {
    frame.drawn.requests += eachVisible(group, view.from, view.to, gap, (id) => drawRequest(frame, id));
  }
}

function drawRequest(frame, id) {
  const { pen, view, app, targets } = frame;
  const request = app.model.requests[id];
  const answer = app.model.answers[request.answer];
  if (app.hidden.answers.has(answer)) return;
  const x0 = Math.max(xOf(view, requestStart(app.model, request)), -4);
  const x1 = Math.min(xOf(view, requestEnd(app.model, request)), view.width + 4);
  const y = laneTop(view, request.lane) + LANE.requests + request.row * 5;
  const isFound = app.found?.requests.has(id);
  pen.globalAlpha = app.found && !isFound ? 0.2 : 1;
  pen.fillStyle = answerColour(answer);
  pen.fillRect(x0, y, Math.max(x1 - x0, 2), isFound ? 5 : 4);
  if (answer === "open" || answer === "fail") pen.fillRect(x1 - 1, y - 2, 2, 8);
  pen.globalAlpha = 1;
  targets.boxes.push({ x: x0, y: y - 1, w: Math.max(x1 - x0, 3), h: 6, thing: { type: "request", id } });
}

/** Named events: commits, and snapshots in their place, on one line, all others below; troubles last, above the rest. */
function drawEvents(frame) {
  const { app, view } = frame;
  const groups = app.model.eventGroups
    .filter(({ items: [i] }) => !app.hidden.events.has(app.model.kinds[app.model.records.kind[i]])
      && !app.hidden.actors.has(app.model.actors[app.model.records.actor[i]]))
    .sort((a, b) => rank(app.model, a) - rank(app.model, b));
  const gap = thinning(groups, view.from, view.to, MARKS_MAX);
  frame.drawn.eventsInView = visibleCount(groups, view.from, view.to);
  for (const group of groups) {
    const shown = [];
    frame.drawn.events += eachVisible(group, view.from, view.to, gap, (i) => shown.push(i));
    shown.forEach((i, place) => drawEvent(frame, i, xOf(view, app.model.records.time[shown[place + 1]] ?? Infinity)));
  }
}

function rank({ kinds, records }, { items: [i] }) {
  return TROUBLE.test(kinds[records.kind[i]]) ? 1 : 0;
}

function drawEvent({ pen, view, app, targets }, i, nextX) {
  const { records, kinds } = app.model;
  const kind = kinds[records.kind[i]];
  const isReplaced = kind === "state.replaced";
  const isCommit = kind === "entry.committed" || isReplaced;
  const x = xOf(view, records.time[i]);
  const y = laneTop(view, records.lane[i]) + (isCommit ? LANE.commits : LANE.events);
  pen.globalAlpha = app.found && !app.found.records.has(i) ? 0.2 : 1;
  mark(pen, eventStyle(kind), x, y, app.found?.records.has(i) ? 5.5 : 4.5);
  if (isCommit) {
    pen.font = "10px system-ui, sans-serif";
    const label = isReplaced ? `≤ ${records.high[i]}` : rangeText(records.low[i], records.high[i]);
    if (pen.measureText(label).width + 16 < nextX - x) pen.fillText(label, x + 7, y + 3.5);
  }
  pen.globalAlpha = 1;
  targets.points.push({ x, y, thing: { type: "record", id: i } });
}

/** A lane whose replica left no trail says so. */
function drawSilentLanes({ pen, view, app }) {
  const spoken = new Set(app.model.bands.map((band) => band.lane));
  pen.font = "12px system-ui, sans-serif";
  pen.fillStyle = palette.faint;
  view.lanes.forEach(({ name }, lane) => {
    if (!spoken.has(lane)) pen.fillText(`no trail of ${name}`, 14, laneTop(view, lane) + LANE.band + 12);
  });
}
