// The data: two compressed blocks in the page become columns of numbers and one long text of records.

const NONE = -1;
const FORM = { opened: 0, event: 1, took: 2, did: 3 };
const FATE = { received: 0, lost: 1, unrecorded: 2, unsent: 3, repeated: 4 };
const RECORD_COLUMNS = ["time", "form", "lane", "kind", "actor", "cause", "term", "low", "high", "file", "line"];
const MESSAGE_COLUMNS = ["send", "receive", "source", "target", "kind", "fate"];
const BAND_COLUMNS = ["lane", "first", "last", "role", "term"];
const ENDING_COLUMNS = ["lane", "last", "how"];
const REQUEST_COLUMNS = ["lane", "came", "answered", "kind", "answer", "row", "mid"];

/** The text of the block `id`, which is gzip in base64. */
async function unpacked(id) {
  const letters = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** An object with a column under each name; empty ones where there are no rows. */
function named(names, columns) {
  return Object.fromEntries(names.map((name, i) => [name, columns[i] ?? []]));
}

/** Everything that the page shows. Times are in seconds since the first record. */
async function loaded() {
  const [pictured, text] = await Promise.all([unpacked("data-picture"), unpacked("data-records")]);
  const data = JSON.parse(pictured);
  const records = recordsOf(data.records);
  const model = {
    ...data, records, text, offsets: lineOffsets(text, records.count),
    messages: messagesOf(named(MESSAGE_COLUMNS, data.messages), records),
    bands: rowsOf(BAND_COLUMNS, data.bands),
    endings: rowsOf(ENDING_COLUMNS, data.endings),
    requests: rowsOf(REQUEST_COLUMNS, data.requests),
    end: records.time.reduce((latest, time) => Math.max(latest, time), 0),
  };
  return { ...model, ...groupsOf(model) };
}

/** The columns of the records: times summed up, causes as positions. */
function recordsOf(columns) {
  const raw = named(RECORD_COLUMNS, columns);
  const count = raw.time.length;
  const time = new Float64Array(count);
  let microseconds = 0;
  for (let i = 0; i < count; i++) time[i] = (microseconds += raw.time[i]) / 1e6;
  const cause = Int32Array.from(raw.cause, (back, i) => (back ? i - back : NONE));
  const rest = RECORD_COLUMNS.slice(1).map((name) => [name, Int32Array.from(raw[name])]);
  return { ...Object.fromEntries(rest), count, time, cause };
}

/** Where each line of `text` begins, and the length of all at the end. */
function lineOffsets(text, count) {
  const offsets = new Uint32Array(count + 1);
  for (let i = 1; i <= count; i++) {
    const end = text.indexOf("\n", offsets[i - 1]);
    offsets[i] = end < 0 ? text.length + 1 : end + 1;
  }
  return offsets;
}

/** Rows as objects: there are few bands, endings and requests. */
function rowsOf(names, columns) {
  return (columns[0] ?? []).map((_, i) => Object.fromEntries(names.map((name, c) => [name, columns[c][i]])));
}

/** The columns of the messages with when each left and came; a lost one flies as long as most of them do. */
function messagesOf(columns, records) {
  const count = columns.send.length;
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const typical = typicalFlight(columns, records);
  for (let m = 0; m < count; m++) {
    const { send, receive } = { send: columns.send[m], receive: columns.receive[m] };
    start[m] = send === NONE ? records.time[receive] - typical : records.time[send];
    end[m] = receive === NONE ? start[m] + typical : records.time[receive];
  }
  return { ...columns, count, start, end };
}

/** The median time from sending to receipt. */
function typicalFlight(columns, records) {
  const flights = [];
  for (let m = 0; m < columns.send.length; m++) {
    const known = columns.send[m] !== NONE && columns.receive[m] !== NONE;
    if (known) flights.push(records.time[columns.receive[m]] - records.time[columns.send[m]]);
  }
  return flights.length ? flights.sort((a, b) => a - b)[flights.length >> 1] : 0.001;
}

/** What is drawn together, each sorted by time: messages by pair and kind, events by lane and kind, actors' records. */
function groupsOf(model) {
  const { records, requests } = model;
  const events = [];
  const inner = [];
  for (let i = 0; i < records.count; i++) {
    if (records.form[i] === FORM.event || records.form[i] === FORM.opened) events.push(i);
    else inner.push(i);
  }
  return {
    messageGroups: messageGroups(model, Array.from(model.messages.send.keys())),
    eventGroups: eventGroups(model, events),
    actorGroups: grouped(inner, (i) => records.lane[i] * 4096 + records.actor[i], (i) => records.time[i], (i) => records.time[i]),
    requestGroups: grouped(
      Array.from(requests.keys()),
      (r) => requests[r].lane * 64 + requests[r].row,
      (r) => requestStart(model, requests[r]), (r) => requestEnd(model, requests[r]),
    ),
  };
}

/** Groups of the messages `items`: one for each pair of replicas, kind and fate. */
function messageGroups({ messages }, items) {
  const key = (m) => ((messages.source[m] * 128 + messages.target[m]) * 512 + messages.kind[m]) * 8 + messages.fate[m];
  return grouped(items, key, (m) => messages.start[m], (m) => messages.end[m]);
}

/** Groups of the event records `items`: one for each lane and kind. */
function eventGroups({ records }, items) {
  return grouped(items, (i) => records.lane[i] * 512 + records.kind[i], (i) => records.time[i], (i) => records.time[i]);
}

/** When a request came, as far as it is known. */
function requestStart({ records }, { came, answered }) {
  return records.time[came === NONE ? answered : came];
}

/** When a request was answered; an open one lasts until the end of the run. */
function requestEnd({ records }, { answered }) {
  return answered === NONE ? records.time[records.count - 1] : records.time[answered];
}
