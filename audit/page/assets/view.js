// What part of the run is in view, and where lanes and actors stand; no drawing.

const NAMES_WIDTH = 132;
const AXIS_HEIGHT = 26;
const LANE = { least: 72, most: 150, requests: 5, band: 22, bandHeight: 16, term: 39, commits: 50, events: 61, rows: 70, row: 24 };
const SPAN_LEAST_S = 20e-6;

/** The view of `model`: a stretch of time, a shift of the lanes, and which of them are open. */
function newView(model) {
  const view = { model, width: 1, height: 1, from: 0, to: 1, shift: 0, open: new Set(), lanes: [], total: 0 };
  showAll(view);
  return view;
}

/** A little air on both sides of the run; at its end there is a word on how each trail ends. */
function bounds({ model }) {
  const air = Math.max(model.end * 0.02, 1e-4);
  return [-air, model.end + air * 3];
}

function showAll(view) {
  [view.from, view.to] = bounds(view);
}

/** Show `from` to `to`, kept within the run, and no shorter than `SPAN_LEAST_S`. */
function showSpan(view, from, to) {
  const [first, last] = bounds(view);
  const span = Math.min(Math.max(to - from, SPAN_LEAST_S), last - first);
  const middle = (from + to) / 2;
  view.from = Math.min(Math.max(middle - span / 2, first), last - span);
  view.to = view.from + span;
}

/** Zoom by `factor` (above 1: closer), so that what is at x stays there. */
function zoomAt(view, x, factor) {
  const fixed = timeAt(view, x);
  const [first, last] = bounds(view);
  const span = Math.min(Math.max((view.to - view.from) / factor, SPAN_LEAST_S), last - first);
  const share = x / view.width;
  showSpan(view, fixed - span * share, fixed + span * (1 - share));
}

function panBy(view, dx, dy) {
  const seconds = (dx / view.width) * (view.to - view.from);
  showSpan(view, view.from - seconds, view.to - seconds);
  view.shift = Math.min(Math.max(view.shift - dy, 0), Math.max(0, view.total - (view.height - AXIS_HEIGHT)));
}

function xOf(view, time) {
  return ((time - view.from) / (view.to - view.from)) * view.width;
}

function timeAt(view, x) {
  return view.from + (x / view.width) * (view.to - view.from);
}

/** Move to `time` when it is out of view, or so close to an edge that little is seen around it. */
function reveal(view, time) {
  const span = view.to - view.from;
  if (time < view.from + span * 0.05 || time > view.to - span * 0.05) showSpan(view, time - span / 2, time + span / 2);
}

/** Move over the lanes until the whole of `lane` is seen, or as much of it as there is room for. */
function revealLane(view, lane) {
  const { y, height } = view.lanes[lane];
  const room = view.height - AXIS_HEIGHT;
  if (y + height > view.shift + room) view.shift = y + height - room;
  if (y < view.shift) view.shift = y;
}

/** Give all lanes their places: as much room as there is, within limits; open ones have a row for each actor. */
function arrange(view, actorsOf) {
  const { lanes } = view.model;
  const extra = lanes.map((_, lane) => (view.open.has(lane) ? actorsOf(lane).length * LANE.row + 14 : 0));
  const room = view.height - AXIS_HEIGHT - extra.reduce((sum, each) => sum + each, 0);
  const height = Math.min(Math.max(Math.floor(room / Math.max(lanes.length, 1)), LANE.least), LANE.most);
  let y = 0;
  view.lanes = lanes.map((name, lane) => {
    const rows = view.open.has(lane) ? actorsOf(lane) : [];
    const place = { name, y, height: height + extra[lane], rows, pad: Math.round((height - LANE.least) / 2) };
    y += place.height;
    return place;
  });
  view.total = y;
  panBy(view, 0, 0);
}

/** The top, on the canvas, of what a lane holds: in a high lane it stands in the middle. */
function laneTop(view, lane) {
  return laneEdge(view, lane) + view.lanes[lane].pad;
}

/** The upper edge of a lane on the canvas. */
function laneEdge(view, lane) {
  return AXIS_HEIGHT + view.lanes[lane].y - view.shift;
}

/** The middle of the row of `actor` in an open lane; null where there is none. */
function actorY(view, lane, actor) {
  const row = view.lanes[lane].rows.indexOf(actor);
  return row < 0 ? null : laneTop(view, lane) + LANE.rows + (row + 0.5) * LANE.row;
}

/** Where an arrow between `lane` and another touches it: at the band's edge, or in an open lane at its actor's row. */
function anchorY(view, lane, other, actor) {
  const row = actor === NONE ? null : actorY(view, lane, actor);
  if (row !== null) return row;
  const band = laneTop(view, lane) + LANE.band;
  return other > lane ? band + LANE.bandHeight + 4 : band;
}
