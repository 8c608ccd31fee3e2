// Legend and filters in one: each kind has its colour, its count, and a box that hides it.

const FATE_WORDS = { [FATE.received]: "received", [FATE.lost]: "lost", [FATE.unrecorded]: "receiver not recorded", [FATE.unsent]: "sender not recorded", [FATE.repeated]: "received again" };

/** What is hidden until somebody wants it: events that only repeat what the requests' bars show. */
function hiddenAtFirst({ has_messages }) {
  const events = new Set(has_messages ? ["request.answered", "request.held"] : []);
  return { messages: new Set(), fates: new Set(), answers: new Set(), events, actors: new Set() };
}

/** How often each of `values` comes, most frequent first. */
function counts(values) {
  const found = new Map();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1]);
}

/** Build the panel anew, in the colours of the moment. */
function showFilters(app) {
  const { model } = app;
  const { records, messages, kinds, actors } = model;
  const positions = [...records.form.keys()];
  const events = positions.filter((i) => records.form[i] <= FORM.event);
  const kindOf = (i) => kinds[records.kind[i]];
  document.getElementById("filters").replaceChildren(
    shapes(),
    filterGroup(app, "messages", "Messages", counts([...messages.kind].map((kind) => kinds[kind])), messageColour),
    filterGroup(app, "fates", "Fate of messages", counts(messages.fate), () => null, (fate) => FATE_WORDS[fate]),
    filterGroup(app, "answers", "Requests by answer", counts(model.requests.map((each) => model.answers[each.answer])), answerColour),
    filterGroup(app, "events", "Events", counts(events.map(kindOf)), (kind) => eventStyle(kind).colour),
    filterGroup(app, "actors", "Actors", counts(positions.map((i) => actors[records.actor[i]])), () => palette.actor),
  );
}

function filterGroup(app, name, title, counted, colour, words = String) {
  const hidden = app.hidden[name];
  const setAll = (isShown) => {
    hidden.clear();
    if (!isShown) counted.forEach(([value]) => hidden.add(value));
    filtersChanged(app);
  };
  const group = element("fieldset", { "data-filter": name }, element("legend", {}, element("span", {}, title),
    element("button", { type: "button", onclick: () => setAll(true) }, "all"),
    element("button", { type: "button", onclick: () => setAll(false) }, "none")));
  for (const [value, count] of counted) group.append(filterBox(app, hidden, value, count, colour(value), words(value)));
  if (!counted.length) group.append(element("p", { class: "empty" }, "none recorded"));
  return group;
}

function filterBox(app, hidden, value, count, colour, words) {
  const box = element("input", { type: "checkbox", "data-value": value });
  box.checked = !hidden.has(value);
  box.addEventListener("change", () => {
    if (box.checked) hidden.delete(value);
    else hidden.add(value);
    filtersChanged(app, { keep: true });
  });
  const parts = [element("span", { class: "name" }, words), element("span", { class: "count" }, count.toLocaleString("en"))];
  return element("label", {}, box, ...(colour ? [swatch(colour)] : []), ...parts);
}

/** The picture without what is hidden; boxes are built anew unless one of them has the focus (`keep`). */
function filtersChanged(app, { keep = false } = {}) {
  if (!keep) showFilters(app);
  arrangeLanes(app);
  redraw(app);
}

/** What the shapes mean. */
function shapes() {
  const box = element("div", { class: "shapes" });
  const samples = [
    ["follower", bandSample("follower")], ["pre-candidate", bandSample("pre_candidate")],
    ["candidate", bandSample("candidate")], ["leader", bandSample("leader")],
    ["term, a colour each", termSample()],
    ["message", arrowSample()], ["message lost", lostSample()],
    ["entries committed", markSample("diamond", "commit")], ["state from a snapshot", markSample("diamond", "snapshot")],
    ["snapshot taken or installed", markSample("square", "snapshot")], ["role or term", markSample("triangle", "notable")],
    ["vote", markSample("ring", "vote")], ["other event", markSample("dot", "plain")],
    ["log in conflict", markSample("square", "notable")],
    ["append rejected", markSample("square", "rejected")], ["follower behind", markSample("square", "check")], ["trouble", markSample("sign", "trouble")],
    ["request, until answered", requestSample()], ["delivery to an actor", markSample("square", "actor")],
  ];
  for (const [words, draw] of samples) {
    const canvas = element("canvas");
    const row = element("div", {}, canvas, words);
    box.append(row);
    // A canvas has its size once it is in the page.
    requestAnimationFrame(() => canvas.isConnected && canvas.clientWidth && draw(fitted(canvas).pen));
  }
  return element("section", {}, element("h2", {}, "Shapes"), box);
}

function bandSample(role) {
  return (pen) => {
    pen.fillStyle = roleColour(role);
    pen.fillRect(0, 2, 26, 12);
  };
}

function termSample() {
  return (pen) => {
    [1, 2].forEach((term, i) => {
      pen.fillStyle = termColour(term);
      pen.fillRect(13 * i, 7, 13, 3);
    });
  };
}

function markSample(shape, colour) {
  return (pen) => mark(pen, { shape, colour: palette[colour] }, 13, 8, 5);
}

function arrowSample() {
  return (pen) => sampleLine(pen, 24, () => traceHead(pen, 2, 3, 24, 13, 7));
}

function lostSample() {
  return (pen) => {
    sampleLine(pen, 20, () => {});
    mark(pen, { shape: "cross", colour: palette.lost }, 20, 11, 4.5);
  };
}

function sampleLine(pen, x, head) {
  pen.strokeStyle = pen.fillStyle = palette.append;
  pen.lineWidth = 1.5;
  strokeLines(pen, [{ x0: 2, y0: 3, x1: x, y1: 3 + (x - 2) * 0.45 }]);
  pen.beginPath();
  head();
  pen.fill();
}

function requestSample() {
  return (pen) => {
    pen.fillStyle = palette.ok;
    pen.fillRect(2, 6, 22, 4);
  };
}
