// Messages between replicas: an arrow each, from sending to receipt; a lost one ends in a cross on its way.

const ARROWS_MAX = 3000;
const HEADS_MAX = 1500;
const LABELS_MAX = 28;
const LOST_SHARE = 0.45;

/** Draw the messages in view, and again those that a search found or that are pinned, above all. */
function drawMessages(frame) {
  const { app, view } = frame;
  const groups = shownMessageGroups(app, app.model.messageGroups);
  const gap = thinning(groups, view.from, view.to, ARROWS_MAX);
  const visible = visibleCount(groups, view.from, view.to);
  const segments = segmentsOf(frame, groups, gap);
  frame.drawn.messages = segments.length;
  frame.drawn.messagesInView = visible;
  drawSegments(frame, segments, { alpha: app.found ? 0.13 : segments.length > 700 ? 0.5 : 0.9, width: segments.length > 300 ? 1 : 1.4 });
  for (const segment of segments) addLine(frame, segment);
  if (app.found) drawFoundMessages(frame);
  frame.labelled = segments.length <= LABELS_MAX ? segments : [];
}

function drawFoundMessages(frame) {
  const { app, view } = frame;
  const groups = shownMessageGroups(app, app.found.messageGroups);
  const segments = segmentsOf(frame, groups, thinning(groups, view.from, view.to, ARROWS_MAX));
  frame.drawn.found += segments.length;
  drawSegments(frame, segments, { alpha: 1, width: 2 });
  for (const segment of segments) addLine(frame, segment);
}

/** The groups that no filter hides; all members of one are alike in kind and fate. */
function shownMessageGroups({ model, hidden }, groups) {
  const { messages, kinds } = model;
  return groups.filter(({ items: [m] }) =>
    !hidden.messages.has(kinds[messages.kind[m]]) && !hidden.fates.has(messages.fate[m]));
}

function segmentsOf(frame, groups, gap) {
  const segments = [];
  for (const group of groups) {
    eachVisible(group, frame.view.from, frame.view.to, gap, (m) => {
      const segment = segmentOf(frame, m);
      if (segment) segments.push(segment);
    });
  }
  return segments;
}

/** The line of message `m`, cut to what is near the view; null when none of it is. */
function segmentOf({ app, view }, m) {
  const { messages, records, kinds } = app.model;
  const { source, target, send, receive, fate, start, end } = messages;
  const from = anchorY(view, source[m], target[m], send[m] === NONE ? NONE : records.actor[send[m]]);
  const to = anchorY(view, target[m], source[m], receive[m] === NONE ? NONE : records.actor[receive[m]]);
  const line = { x0: xOf(view, start[m]), y0: from, x1: xOf(view, end[m]), y1: to };
  if (receive[m] === NONE) shorten(line, LOST_SHARE);
  if (send[m] === NONE) Object.assign(line, reversed(shorten(reversed(line), LOST_SHARE)));
  if (!clip(line, -60, view.width + 60)) return null;
  return { ...line, m, fate: fate[m], kind: kinds[messages.kind[m]] };
}

/** End the line after a share of its way, but not so short that nothing of it is seen. */
function shorten(line, share) {
  line.x1 = line.x0 + (line.x1 - line.x0) * share;
  line.y1 = line.y0 + (line.y1 - line.y0) * share;
  return line;
}

function reversed({ x0, y0, x1, y1 }) {
  return { x0: x1, y0: y1, x1: x0, y1: y0 };
}

/** Cut a line to `left` ... `right`: far outside, coordinates are too large for a canvas to be exact. */
function clip(line, left, right) {
  const { x0, y0, x1, y1 } = line;
  if (Math.max(x0, x1) < left || Math.min(x0, x1) > right) return false;
  const yAt = (x) => y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
  if (x0 < left) Object.assign(line, { x0: left, y0: yAt(left), isCutAtStart: true });
  if (x1 > right) Object.assign(line, { x1: right, y1: yAt(right), isCutAtEnd: true });
  return true;
}

/** Stroke all lines, those of one look at once; then heads, crosses and rings. */
function drawSegments(frame, segments, { alpha, width }) {
  const { pen } = frame;
  pen.globalAlpha = alpha;
  pen.lineWidth = width;
  for (const alike of byLook(segments)) {
    pen.strokeStyle = pen.fillStyle = messageColour(alike[0].kind);
    pen.setLineDash(dashOf(alike[0].fate));
    strokeLines(pen, alike);
    pen.setLineDash([]);
    if (segments.length <= HEADS_MAX) fillHeads(pen, alike, 5.5 + width);
  }
  pen.globalAlpha = 1;
  frame.ends.push({ segments, alpha: Math.min(1, alpha * 1.6) });
}

/** The ends of messages that did not arrive; after the bands, which would hide some. */
function drawEnds(frame) {
  for (const { segments, alpha } of frame.ends) {
    frame.pen.globalAlpha = alpha;
    for (const segment of segments) drawEnd(frame, segment);
  }
  frame.pen.globalAlpha = 1;
}

/** The segments in lists of one kind and fate each. */
function byLook(segments) {
  const looks = new Map();
  for (const segment of segments) {
    const look = `${segment.kind} ${segment.fate}`;
    if (!looks.has(look)) looks.set(look, []);
    looks.get(look).push(segment);
  }
  return [...looks.values()];
}

function dashOf(fate) {
  return fate === FATE.repeated ? [2, 3] : fate === FATE.unrecorded || fate === FATE.unsent ? [5, 4] : [];
}

function strokeLines(pen, segments) {
  pen.beginPath();
  for (const { x0, y0, x1, y1 } of segments) {
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
  }
  pen.stroke();
}

function fillHeads(pen, segments, size) {
  pen.beginPath();
  for (const { x0, y0, x1, y1, fate, isCutAtEnd } of segments) {
    const arrives = fate !== FATE.lost && fate !== FATE.unrecorded && !isCutAtEnd;
    if (arrives && Math.hypot(x1 - x0, y1 - y0) > 12) traceHead(pen, x0, y0, x1, y1, size);
  }
  pen.fill();
}

/** What stands at the end of a message that did not arrive: a cross, or a ring where nobody was there to record it. */
function drawEnd({ pen, drawn }, { fate, x1, y1, isCutAtEnd }) {
  if (isCutAtEnd) return;
  if (fate === FATE.lost) {
    drawn.crosses++;
    mark(pen, { shape: "cross", colour: palette.lost }, x1, y1, 5);
  } else if (fate === FATE.unrecorded) {
    mark(pen, { shape: "ring", colour: palette.faint }, x1, y1, 3.5);
  }
}

function addLine({ targets }, { x0, y0, x1, y1, m }) {
  targets.lines.push({ x0, y0, x1, y1, thing: { type: "message", id: m } });
}

/** When there are few arrows, each has a label. */
function drawLabels(frame) {
  for (const segment of frame.labelled) drawLabel(frame, segment);
}

/** The kind and what it carries, beside the middle of the arrow. */
function drawLabel(frame, segment) {
  const { pen } = frame;
  const { x0, y0, x1, y1, m, kind } = segment;
  const text = messageLabel(frame.app.model, m, kind);
  pen.font = "10.5px system-ui, sans-serif";
  const width = pen.measureText(text).width;
  // Not in the middle: arrows to several replicas have theirs at the same place there.
  const x = Math.min(Math.max(x0 + (x1 - x0) * 0.62 + 5, 4), frame.width - width - 6);
  const y = y0 + (y1 - y0) * 0.62;
  pen.fillStyle = palette.paper;
  pen.globalAlpha = 0.85;
  pen.fillRect(x - 2, y - 7, width + 4, 14);
  pen.globalAlpha = frame.app.found && !frame.app.found.messages.has(m) ? 0.3 : 1;
  pen.fillStyle = messageColour(kind);
  pen.fillText(text, x, y + 3.5);
  pen.globalAlpha = 1;
}
