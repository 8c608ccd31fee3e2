// Inside a replica: a row for each actor, a box for each delivery, a line from who told to who was told.

const INNER_MAX = 1200;
const INNER_LABELS_MAX = 160;

/** The actors of `lane` that have records, in the order in which a request meets them. */
function actorsIn(model, hidden, lane) {
  const order = ["socket_reader", "consensus", "log_store", "state_machine", "election_timer"];
  const place = (name) => (order.indexOf(name) + 1 || 99);
  return model.actorGroups
    .map(({ items: [i] }) => i)
    .filter((i) => model.records.lane[i] === lane && !hidden.actors.has(model.actors[model.records.actor[i]]))
    .map((i) => model.records.actor[i])
    .sort((a, b) => place(model.actors[a]) - place(model.actors[b]) || model.actors[a].localeCompare(model.actors[b]));
}

function drawActors(frame) {
  const { app, view } = frame;
  const { records } = app.model;
  const groups = app.model.actorGroups.filter(({ items: [i] }) =>
    view.open.has(records.lane[i]) && actorY(view, records.lane[i], records.actor[i]) !== null);
  const gap = thinning(groups, view.from, view.to, INNER_MAX);
  const shown = [];
  for (const group of groups) eachVisible(group, view.from, view.to, gap, (i) => shown.push(i));
  drawTellings(frame, shown);
  const isLabelled = shown.length <= INNER_LABELS_MAX;
  const room = isLabelled ? roomBehind(frame, shown) : new Map();
  for (const i of shown) drawInner(frame, i, room.get(i) ?? 0);
  frame.drawn.inner = shown.length;
}

/** The line of each row, behind everything. */
function drawRows({ pen, view, width }) {
  pen.fillStyle = palette.grid;
  view.lanes.forEach(({ rows }, lane) => {
    for (const actor of rows) pen.fillRect(0, actorY(view, lane, actor), width, 1);
  });
}

/** Lines from each delivery to those that it told, and to what left through a port. */
function drawTellings({ pen, app, view }, shown) {
  const { records } = app.model;
  pen.lineWidth = 1.1;
  pen.strokeStyle = palette.actor;
  for (const i of shown) {
    const cause = records.cause[i];
    const from = cause === NONE ? null : actorY(view, records.lane[cause], records.actor[cause]);
    if (from === null) continue;
    const line = {
      x0: xOf(view, records.time[cause]), y0: from,
      x1: xOf(view, records.time[i]), y1: actorY(view, records.lane[i], records.actor[i]),
    };
    if (!clip(line, -60, view.width + 60)) continue;
    pen.globalAlpha = app.found && !app.found.records.has(i) ? 0.15 : 0.7;
    strokeLines(pen, [line]);
    if (shown.length <= INNER_LABELS_MAX * 2) tellingHead(pen, line);
  }
  pen.globalAlpha = 1;
}

function tellingHead(pen, { x0, y0, x1, y1 }) {
  if (Math.abs(y1 - y0) < 6) return;
  pen.fillStyle = palette.actor;
  pen.beginPath();
  traceHead(pen, x0, y0, x1, y1 - Math.sign(y1 - y0) * 4, 6);
  pen.fill();
}

/** For each of `shown` the pixels until the next one on its row: what its label may take. */
function roomBehind({ app, view }, shown) {
  const { records } = app.model;
  const room = new Map();
  const next = new Map();
  for (const i of [...shown].sort((a, b) => records.time[b] - records.time[a] || b - a)) {
    const row = records.lane[i] * 4096 + records.actor[i];
    const x = xOf(view, records.time[i]);
    room.set(i, (next.get(row) ?? view.width + 200) - x);
    next.set(row, x);
  }
  return room;
}

/** A delivery is a box, an output a small triangle (a datagram) or square (storage, timer). */
function drawInner({ pen, app, view, targets }, i, room) {
  const { records, kinds } = app.model;
  const x = xOf(view, records.time[i]);
  const y = actorY(view, records.lane[i], records.actor[i]);
  const isFound = !app.found || app.found.records.has(i);
  pen.globalAlpha = isFound ? 1 : 0.2;
  mark(pen, innerStyle(records.form[i], kinds[records.kind[i]]), x, y, isFound && app.found ? 5.5 : 4.5);
  const label = kinds[records.kind[i]];
  pen.font = "10.5px system-ui, sans-serif";
  if (pen.measureText(label).width + 12 < room) {
    pen.fillStyle = palette.ink;
    pen.fillText(label, x + 7, y - 3);
  }
  pen.globalAlpha = 1;
  targets.points.push({ x, y, thing: { type: "record", id: i } });
}

function innerStyle(form, kind) {
  if (form === FORM.took) return { shape: "square", colour: palette.actor };
  if (kind.startsWith("storage.") || kind.startsWith("timer.")) return { shape: "diamond", colour: palette.port };
  return { shape: "triangle", colour: MESSAGE_COLOURS[kind] ? messageColour(kind) : answerColour(kind) };
}
