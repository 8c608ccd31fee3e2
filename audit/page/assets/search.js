// Search: by text, by request, by log index, by term. What is found stands out, and can be gone through.

const LISTED_MAX = 400;
const WAIT_MS = 250;

/** The records that contain `pattern`, in order; after a hit the rest of its line is skipped. */
function recordsWith({ text, offsets }, pattern) {
  const found = [];
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const i = lineAt(offsets, match.index);
    found.push(i);
    pattern.lastIndex = offsets[i + 1];
  }
  return found;
}

/** The line that holds the character `position`. */
function lineAt(offsets, position) {
  const after = lowerBound(offsets, position + 1);
  return after - 1;
}

function literal(text) {
  return text.replace(/[.*+?^$|()[\]{}\\/-]/g, "\\$&");
}

/** A request's name as it stands in records, and in the texts of datagrams inside records, where quotes are escaped. */
function midPattern(mid) {
  const plain = JSON.stringify(mid);
  const inside = JSON.stringify(plain).slice(1, -1);
  return new RegExp(`"(?:MID|mid)":\\s*${literal(plain)}|\\\\"MID\\\\":\\s*${literal(inside)}`, "g");
}

/** The records of request `mid`; for a put also those about the entry that it became. */
function recordsOfRequest(model, mid) {
  const named = recordsWith(model, midPattern(mid));
  const answer = model.requests.find((each) => each.mid === mid && each.answered !== NONE && model.kinds[each.kind] === "put");
  const index = named.map((i) => isAnswered(model, i) && answer ? model.records.high[i] : 0).find((each) => each > 0);
  if (!index) return named;
  const all = new Set([...named, ...recordsAbout(model, index).filter((i) => i >= named[0])]);
  return [...all].sort((a, b) => a - b);
}

function isAnswered({ records, kinds }, i) {
  return kinds[records.kind[i]] === "request.answered";
}

function recordsAbout({ records }, index) {
  return positionsWhere(records.count, (i) => records.low[i] <= index && index <= records.high[i]);
}

function positionsWhere(count, holds) {
  const found = [];
  for (let i = 0; i < count; i++) if (holds(i)) found.push(i);
  return found;
}

/** The positions of the records found; null for a search for nothing. */
function searched(model, what, wanted) {
  if (!wanted) return null;
  switch (what) {
    case "mid": return recordsOfRequest(model, wanted);
    case "index": return recordsAbout(model, Number(wanted) || NaN);
    case "term": return positionsWhere(model.records.count, (i) => model.records.term[i] === Number(wanted));
    default: return recordsWith(model, new RegExp(literal(wanted), "gi"));
  }
}

/** Everything found, ready to be drawn. */
function foundOf(model, what, wanted) {
  const list = searched(model, what, wanted);
  if (list === null) return null;
  const records = new Set(list);
  const { send, receive } = model.messages;
  const messages = [...send.keys()].filter((m) => records.has(send[m] === NONE ? receive[m] : send[m]));
  const isOne = (each) => (what === "mid" ? each.mid === wanted : records.has(each.came) || records.has(each.answered));
  const requests = [...model.requests.keys()].filter((r) => isOne(model.requests[r]));
  return {
    list, records, at: NONE, messages: new Set(messages), requests: new Set(requests),
    messageGroups: messageGroups(model, messages),
  };
}

/** Search, show what was found, and bring a request's whole life into view. */
function search(app) {
  const what = document.getElementById("search-what").value;
  const wanted = document.getElementById("search-for").value.trim();
  app.found = foundOf(app.model, what, wanted);
  if (app.found?.list.length) {
    const first = app.model.records.time[app.found.list[0]];
    if (what === "mid") showAround(app.view, ...lifeOf(app.model, app.found, first));
    else reveal(app.view, first);
  }
  showFound(app);
  redraw(app);
}

/** From when to when a request was open at any replica; what is done about its entry later is not its life. */
function lifeOf(model, { requests }, first) {
  const ends = [...requests].map((r) => model.requests[r]).filter(({ answered }) => answered !== NONE);
  return [first, Math.max(first, ...ends.map((request) => requestEnd(model, request)))];
}

function showAround(view, from, to) {
  const air = Math.max((to - from) * 0.25, 1e-4);
  showSpan(view, from - air, to + air);
}

function showFound(app) {
  const panel = document.getElementById("panel-found");
  const { found, model } = app;
  showPlace(app);
  if (!found) {
    panel.replaceChildren(element("p", { class: "empty" }, "What a search finds is listed here."));
    return;
  }
  const shown = found.list.slice(0, LISTED_MAX);
  const list = element("ol", {}, ...shown.map((i, place) => element("li", {}, foundLine(app, i, place))));
  const rest = found.list.length - shown.length;
  panel.replaceChildren(element("p", {}, `${counted(found.list.length, "record")}, in the order of cause and effect.`), list);
  if (rest > 0) panel.append(element("p", { class: "empty" }, `… and ${counted(rest, "more record")}: N goes through all of them.`));
  showTab("found");
}

function foundLine(app, i, place) {
  const { model } = app;
  const parts = [model.records.time[i].toFixed(6), model.lanes[model.records.lane[i]], shortLine(model, i)];
  return element("button", { type: "button", title: parts[2], onclick: () => goToFound(app, place) }, ...parts.map((part) => element("span", {}, part)));
}

/** How many were found, and which of them is pinned. */
function showPlace({ found }) {
  const place = found ? `${found.at === NONE ? "" : `${found.at + 1} of `}${found.list.length.toLocaleString("en")}` : "";
  document.getElementById("search-count").textContent = place;
}

function goToFound(app, place) {
  const count = app.found?.list.length ?? 0;
  if (!count) return;
  app.found.at = (place + count) % count;
  goTo(app, app.found.list[app.found.at]);
  showPlace(app);
}

function handleSearch(app) {
  const field = document.getElementById("search-for");
  let waiting = 0;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => search(app), WAIT_MS);
  };
  field.addEventListener("input", later);
  document.getElementById("search-what").addEventListener("change", () => search(app));
  document.getElementById("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    search(app);
  });
  document.getElementById("search-after").addEventListener("click", () => goToFound(app, (app.found?.at ?? NONE) + 1));
  document.getElementById("search-before").addEventListener("click", () => goToFound(app, (app.found?.at ?? 0) - 1));
}
