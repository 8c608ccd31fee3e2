// Words and numbers for people: times, titles of things, the short line of a record in a list.

/** A time since the start, with as many digits as `step` needs. */
function timeText(seconds, step = 1e-6) {
  const digits = Math.min(6, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return `${seconds.toFixed(digits)} s`;
}

function durationText(seconds) {
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  return seconds < 1 ? `${(seconds * 1e3).toFixed(seconds < 0.01 ? 2 : 1)} ms` : `${seconds.toFixed(3)} s`;
}

function rangeText(low, high) {
  return low === high ? String(low) : `${low}–${high}`;
}

function counted(count, what) {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

/** The whole record `i`, as it stands in the trail but for its checksum; payloads that are JSON are shown as such. */
function recordAt({ text, offsets }, i) {
  const record = JSON.parse(text.slice(offsets[i], offsets[i + 1] - 1));
  if (record.record === "event") {
    const { fields, ...rest } = record;
    return { ...rest, ...fields };
  }
  if (record.type === "Datagrams" && Array.isArray(record.message?.payloads)) {
    record.message.payloads = record.message.payloads.map(parsedIfJson);
  }
  return record;
}

function parsedIfJson(payload) {
  try {
    return typeof payload === "string" ? JSON.parse(payload) : payload;
  } catch {
    return payload;
  }
}

/** The record that stands for a thing: a message's sending, a request's arrival, what began a band. */
function recordOf({ messages, requests, bands }, { type, id }) {
  switch (type) {
    case "message": return messages.send[id] === NONE ? messages.receive[id] : messages.send[id];
    case "request": return requests[id].came === NONE ? requests[id].answered : requests[id].came;
    case "band": return bands[id].first;
    default: return id;
  }
}

/** Where a record stands: file and line. */
function placeOf({ files, records }, i) {
  return `${files[records.file[i]]}:${records.line[i]}`;
}

function messageLabel({ records, messages }, m, kind) {
  const i = messages.send[m] === NONE ? messages.receive[m] : messages.send[m];
  if (!records.high[i]) return kind;
  if (kind === "install_snapshot" || kind === "snapshot_reply") return `${kind} up to ${records.high[i]}`;
  return kind === "append" || kind === "append_accepted" ? `${kind} ${rangeText(records.low[i], records.high[i])}` : kind;
}

/** What a thing is, in a line. */
function titleOf(model, thing) {
  const { lanes, kinds, records, messages, requests, bands, roles } = model;
  switch (thing.type) {
    case "message": {
      const m = thing.id;
      return `${messageLabel(model, m, kinds[messages.kind[m]])}   ${lanes[messages.source[m]]} → ${lanes[messages.target[m]]}`;
    }
    case "request": {
      const request = requests[thing.id];
      return `${kinds[request.kind]} ${request.mid} at ${lanes[request.lane]}: ${model.answers[request.answer]}`;
    }
    case "band": {
      const band = bands[thing.id];
      return `${lanes[band.lane]}: ${roles[band.role].replace("_", "-")} in term ${band.term}`;
    }
    default: return `${lanes[records.lane[thing.id]]}: ${shortLine(model, thing.id)}`;
  }
}

/** A record in few words, without its replica: what it is before who it was. */
function shortLine({ records, kinds, actors }, i) {
  const verb = { [FORM.took]: "took ", [FORM.did]: "did " }[records.form[i]] ?? "";
  const index = records.high[i] ? ` index ${rangeText(records.low[i], records.high[i])}` : "";
  const term = records.term[i] ? ` term ${records.term[i]}` : "";
  const actor = records.form[i] === FORM.opened ? "" : ` · ${actors[records.actor[i]]}`;
  return `${verb}${kinds[records.kind[i]]}${term}${index}${actor}`;
}

/** When and where: the second line about a thing. */
function factsOf(model, thing) {
  const { records, messages, requests, bands } = model;
  const at = (i) => `${timeText(records.time[i])} (${placeOf(model, i)})`;
  switch (thing.type) {
    case "message": return messageFacts(model, thing.id, at);
    case "request": {
      const { came, answered } = requests[thing.id];
      const span = came !== NONE && answered !== NONE ? `, after ${durationText(records.time[answered] - records.time[came])}` : "";
      return [came === NONE ? "arrival not recorded" : `came ${at(came)}`, answered === NONE ? "not answered" : `answered ${at(answered)}${span}`];
    }
    case "band": {
      const { first, last } = bands[thing.id];
      return [`from ${at(first)}`, `for ${durationText(records.time[last] - records.time[first])}`];
    }
    default: return [at(thing.id)];
  }
}

function messageFacts(model, m, at) {
  const { records, messages } = model;
  const { send, receive, fate } = messages;
  const flight = send[m] !== NONE && receive[m] !== NONE ? `, after ${durationText(records.time[receive[m]] - records.time[send[m]])}` : "";
  const end = {
    [FATE.lost]: "lost: its receiver has no record of it",
    [FATE.unrecorded]: "the receiver's trail ends before it was sent",
    [FATE.repeated]: `received again ${receive[m] === NONE ? "" : at(receive[m])}${flight}`,
  }[fate[m]];
  const sent = send[m] === NONE ? "no trail says who sent it" : `sent ${at(send[m])}`;
  return [...snapshotFacts(model, m), sent, end ?? `received ${at(receive[m])}${flight}`];
}

/** Which part of a snapshot a message carries, or how much of it has come. */
function snapshotFacts(model, m) {
  const { kinds, messages } = model;
  const kind = kinds[messages.kind[m]];
  if (messages.send[m] === NONE || (kind !== "install_snapshot" && kind !== "snapshot_reply")) return [];
  const { offset, records, done } = recordAt(model, messages.send[m]).value;
  if (kind === "snapshot_reply") return [`has ${counted(offset, "record")} of it`];
  return [`${partText(offset, records.length)} of the snapshot${done ? ", the last" : ""}`];
}

/** Which records a part of a snapshot has, of which `offset` come before it. */
function partText(offset, count) {
  return count === 0 ? "no records" : `record${count === 1 ? "" : "s"} ${rangeText(offset + 1, offset + count)}`;
}
