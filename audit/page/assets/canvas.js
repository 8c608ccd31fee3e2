// Small means of drawing, and what was drawn where: the pointer can only hit what is seen.

/** Fit `canvas` to its place on a screen of any density, and give its context in CSS pixels. */
function fitted(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { pen, width, height };
}

/** Add the outline of a mark to the path. */
function trace(pen, shape, x, y, size) {
  switch (shape) {
    case "diamond": polygon(pen, [[x, y - size], [x + size, y], [x, y + size], [x - size, y]]); break;
    case "triangle": polygon(pen, [[x, y - size], [x + size, y + size * 0.8], [x - size, y + size * 0.8]]); break;
    case "square": pen.rect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6); break;
    case "sign": polygon(pen, [[x - size, y - size * 0.8], [x + size, y - size * 0.8], [x, y + size]]); break;
    case "cross": polygon(pen, crossOutline(x, y, size, size * 0.4)); break;
    default: pen.moveTo(x + size * 0.85, y); pen.arc(x, y, size * 0.85, 0, Math.PI * 2);
  }
}

function polygon(pen, points) {
  points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
}

/** The outline of an x with arms of width `w`. */
function crossOutline(x, y, s, w) {
  return [
    [x - s, y - s + w], [x - s + w, y - s], [x, y - w], [x + s - w, y - s], [x + s, y - s + w], [x + w, y],
    [x + s, y + s - w], [x + s - w, y + s], [x, y + w], [x - s + w, y + s], [x - s, y + s - w], [x - w, y],
  ];
}

/** Fill or, for a ring, stroke a mark. */
function mark(pen, { shape, colour }, x, y, size) {
  pen.beginPath();
  trace(pen, shape, x, y, size);
  if (shape === "ring") {
    pen.strokeStyle = colour;
    pen.lineWidth = 1.6;
    pen.stroke();
  } else {
    pen.fillStyle = colour;
    pen.fill();
  }
}

/** The head of an arrow that ends in (x, y) and comes from (fromX, fromY). */
function traceHead(pen, fromX, fromY, x, y, size) {
  const angle = Math.atan2(y - fromY, x - fromX);
  pen.moveTo(x, y);
  pen.lineTo(x - size * Math.cos(angle - 0.36), y - size * Math.sin(angle - 0.36));
  pen.lineTo(x - size * Math.cos(angle + 0.36), y - size * Math.sin(angle + 0.36));
  pen.closePath();
}

/** What was drawn in a frame, for the pointer: points, lines and boxes, each with the thing that it stands for. */
function newTargets() {
  return { points: [], lines: [], boxes: [] };
}

/** The thing nearest to (x, y): marks before lines before boxes, the last drawn first; null when nothing is near. */
function pick(targets, x, y) {
  return nearest(targets.points, 7, (p) => Math.hypot(p.x - x, p.y - y))
    ?? nearest(targets.lines, 5, (l) => distanceToLine(l, x, y))
    ?? nearest(targets.boxes, 1, (b) => (x >= b.x - 1 && x <= b.x + b.w + 1 && y >= b.y - 1 && y <= b.y + b.h + 1 ? 0 : 9));
}

function nearest(targets, within, distance) {
  let best = null;
  let least = within;
  for (const target of targets) {
    const far = distance(target);
    if (far <= least) [best, least] = [target.thing, far];
  }
  return best;
}

function distanceToLine({ x0, y0, x1, y1 }, x, y) {
  const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
  const share = length ? Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length)) : 0;
  return Math.hypot(x - x0 - share * (x1 - x0), y - y0 - share * (y1 - y0));
}
