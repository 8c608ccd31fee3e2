// Colours by kind, from the style's variables, so that light and dark are the style's business alone.

const MESSAGE_COLOURS = {
  append: "append", "append (empty)": "heartbeat", append_accepted: "accepted", append_rejected: "rejected",
  pre_vote: "pre-vote", pre_vote_reply: "pre-vote", request_vote: "vote", vote_reply: "vote-reply",
  leader_check: "check", install_snapshot: "snapshot", snapshot_reply: "accepted", hello: "hello",
};
const EVENT_STYLES = {
  "entry.committed": ["diamond", "commit"], "state.replaced": ["diamond", "snapshot"],
  "role.changed": ["triangle", "notable"], "term.advanced": ["triangle", "plain"],
  "vote.granted": ["ring", "vote"], "vote.refused": ["ring", "vote-reply"], "pre_vote.answered": ["ring", "pre-vote"],
  "request.held": ["dot", "redirect"], "request.answered": ["dot", "ok"], "request.repeated": ["dot", "redirect"],
  "node.started": ["dot", "plain"], "node.stopped": ["dot", "plain"], opened: ["dot", "plain"],
  "log.conflicted": ["square", "notable"], "log.truncated": ["square", "notable"],
  "append.rejected": ["square", "rejected"], "follower.demoted": ["square", "check"],
  "snapshot.saved": ["square", "snapshot"], "snapshot.installed": ["square", "snapshot"],
  "snapshot.sent": ["ring", "snapshot"], "snapshot.resent": ["ring", "snapshot"],
  "snapshot.refused": ["square", "rejected"], "write.repeated": ["dot", "redirect"],
};
const TROUBLE = /^(node\.failed|datagram\.|message\.impossible|trail\.)/;

let palette = {};

/** Read the style's variables; again whenever light turns to dark. */
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const names = [...new Set([
    ...Object.values(MESSAGE_COLOURS), ...Object.values(EVENT_STYLES).map(([, colour]) => colour),
    "paper", "sheet", "line", "grid", "ink", "soft", "faint", "accent", "accent-soft", "on-role", "unknown", "open", "fail",
    "lost", "trouble", "actor", "port", "follower", "pre_candidate", "candidate", "leader", "raised",
  ])];
  palette = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function messageColour(kind) {
  return palette[MESSAGE_COLOURS[kind] ?? "unknown"];
}

/** Shape and colour of an event's mark. */
function eventStyle(kind) {
  const [shape, colour] = EVENT_STYLES[kind] ?? (TROUBLE.test(kind) ? ["sign", "trouble"] : ["dot", "plain"]);
  return { shape, colour: palette[colour] };
}

function roleColour(role) {
  return palette[role] ?? palette.follower;
}

function answerColour(answer) {
  return palette[answer] ?? palette.open;
}

/** Terms next to each other differ; colours come again after a while. */
function termColour(term) {
  return term === 0 ? palette.faint : `hsl(${(term * 137 + 200) % 360} 62% 55%)`;
}
