// The strip above: the whole run, and a window that shows which part of it is in view.

const OVERVIEW = { top: 5, bottom: 21 };

/** Draw the strip: a thin line of roles for each lane, how much was sent when, and the window. */
function drawOverview(app, canvas) {
  const { pen, width, height } = fitted(canvas);
  const [from, to] = bounds(app.view);
  const x = (time) => ((time - from) / (to - from)) * width;
  pen.clearRect(0, 0, width, height);
  drawTraffic(app, pen, x, width, height);
  drawRoles(app, pen, x);
  drawWindow(app, pen, x, width, height);
}

function drawRoles({ model }, pen, x) {
  const step = Math.min((54 - OVERVIEW.bottom - OVERVIEW.top) / Math.max(model.lanes.length, 1), 6);
  for (const band of model.bands) {
    const [x0, x1] = [x(model.records.time[band.first]), x(model.records.time[band.last])];
    pen.fillStyle = roleColour(model.roles[band.role]);
    pen.fillRect(x0, OVERVIEW.top + band.lane * step, Math.max(x1 - x0, 0.5), Math.max(step - 1, 1));
  }
}

/** Messages a pixel, by the root of their number, so that a lone one is seen beside a burst; lost ones in red. */
function drawTraffic(app, pen, x, width, height) {
  const { all, lost, most } = traffic(app, x, Math.ceil(width));
  const bar = (count) => (Math.sqrt(count / most) * (OVERVIEW.bottom - 4));
  for (let i = 0; i < all.length; i++) {
    if (!all[i]) continue;
    pen.fillStyle = palette.faint;
    pen.fillRect(i, height - 2 - bar(all[i]), 1, bar(all[i]));
    pen.fillStyle = palette.lost;
    if (lost[i]) pen.fillRect(i, height - 2 - bar(lost[i]), 1, bar(lost[i]));
  }
}

/** Counted once for each width: this is the one look at all messages. */
function traffic(app, x, width) {
  if (app.traffic?.all.length === width) return app.traffic;
  const [all, lost] = [new Float64Array(width), new Float64Array(width)];
  const { count, start, fate } = app.model.messages;
  for (let m = 0; m < count; m++) {
    const i = Math.min(width - 1, Math.max(0, Math.floor(x(start[m]))));
    all[i]++;
    if (fate[m] === FATE.lost) lost[i]++;
  }
  app.traffic = { all, lost, most: all.reduce((most, each) => Math.max(most, each), 1) };
  return app.traffic;
}

function drawWindow({ view }, pen, x, width, height) {
  const [x0, x1] = [x(view.from), Math.max(x(view.to), x(view.from) + 3)];
  pen.globalAlpha = 0.55;
  pen.fillStyle = palette.sheet;
  pen.fillRect(0, 0, x0, height);
  pen.fillRect(x1, 0, width - x1, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = palette.accent;
  pen.lineWidth = 1.5;
  pen.strokeRect(x0 + 0.75, 0.75, x1 - x0 - 1.5, height - 1.5);
}

/** Drag the window by its middle or an edge; elsewhere it jumps to the pointer first. */
function handleOverview(app, canvas) {
  let grip = null;
  const timeOf = (event) => {
    const [from, to] = bounds(app.view);
    return from + (event.offsetX / canvas.clientWidth) * (to - from);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = gripAt(app.view, timeOf(event), canvas.clientWidth);
    if (grip.part === "new") moveWindow(app, { part: "middle", offset: 0 }, timeOf(event));
  });
  canvas.addEventListener("pointermove", (event) => grip && moveWindow(app, grip, timeOf(event)));
  canvas.addEventListener("pointerup", () => { grip = null; });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomAt(app.view, xOf(app.view, timeOf(event)), 2 ** (-event.deltaY / 300));
    redraw(app);
  }, { passive: false });
}

/** Which part of the window is at `time`. */
function gripAt(view, time, width) {
  const [from, to] = bounds(view);
  const near = ((to - from) / width) * 5;
  const middle = (view.from + view.to) / 2;
  const isInside = time > view.from && time < view.to;
  if (Math.abs(time - view.from) < near && view.to - view.from > near * 4) return { part: "from" };
  if (Math.abs(time - view.to) < near && view.to - view.from > near * 4) return { part: "to" };
  return isInside ? { part: "middle", offset: time - middle } : { part: "new", offset: 0 };
}

function moveWindow(app, { part, offset }, time) {
  const { view } = app;
  const half = (view.to - view.from) / 2;
  if (part === "from") showSpan(view, Math.min(time, view.to - SPAN_LEAST_S), view.to);
  else if (part === "to") showSpan(view, view.from, Math.max(time, view.from + SPAN_LEAST_S));
  else showSpan(view, time - offset - half, time - offset + half);
  redraw(app);
}
