// The panel beside the picture: tabs, the pinned record, and the tip that follows the pointer.

const TEXT_MAX = 1500;

/** An element with a class, texts and children; texts never become markup. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function swatch(colour) {
  const made = element("span", { class: "swatch" });
  made.style.background = colour;
  return made;
}

function tabs() {
  return [...document.querySelectorAll('[role="tab"]')];
}

/** Show the tab `name`, and no other. */
function showTab(name) {
  for (const tab of tabs()) {
    const isShown = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isShown;
  }
}

/** Tabs answer to clicks, and to the arrow keys as the pattern for tabs has it. */
function handleTabs() {
  for (const tab of tabs()) {
    tab.addEventListener("click", () => showTab(tab.id.slice(4)));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const all = tabs();
      const next = all[(all.indexOf(tab) + step + all.length) % all.length];
      showTab(next.id.slice(4));
      next.focus();
    });
  }
}

/** A description of `thing`: title, times, and its whole record (two of a message that arrived, when `both`). */
function described(app, thing, { both }) {
  const { model } = app;
  const box = element("div", { class: "record" });
  box.append(element("h3", {}, swatch(colourOf(model, thing)), titleOf(model, thing)));
  for (const fact of factsOf(model, thing)) box.append(element("p", { class: "facts" }, fact));
  const shown = [recordOf(model, thing)];
  const other = otherRecord(model, thing);
  if (both && other !== NONE) shown.push(other);
  for (const i of shown) box.append(pretty(recordAt(model, i), both ? Infinity : TEXT_MAX));
  return box;
}

/** The other end of a message, or the answer of a request. */
function otherRecord({ messages, requests }, { type, id }) {
  if (type === "message") return messages.send[id] === NONE ? NONE : messages.receive[id];
  return type === "request" && requests[id].came !== NONE ? requests[id].answered : NONE;
}

function colourOf(model, { type, id }) {
  const { records, kinds, messages, requests, bands, roles, answers } = model;
  switch (type) {
    case "message": return messageColour(kinds[messages.kind[id]]);
    case "request": return answerColour(answers[requests[id].answer]);
    case "band": return roleColour(roles[bands[id].role]);
    default: return records.form[id] === FORM.event ? eventStyle(kinds[records.kind[id]]).colour : palette.actor;
  }
}

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON in colours; texts longer than `most` are cut, and say how much is missing. */
function pretty(value, most) {
  const cut = (_, each) => (typeof each === "string" && each.length > most ? `${each.slice(0, most)}… (${each.length} characters)` : each);
  const text = JSON.stringify(value, cut, 2);
  const pre = element("pre");
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const kind = match[2] ? "key" : match[1] ? "text" : match[3] ? "word" : "number";
    pre.append(text.slice(end, match.index), element("span", { class: kind }, match[0]));
    end = match.index + match[0].length;
  }
  pre.append(text.slice(end));
  return pre;
}

/** Pin `thing`: its record stays in the panel, and the picture shows where it is. */
function pin(app, thing) {
  app.pinned = thing;
  const panel = document.getElementById("panel-record");
  if (thing === null) {
    panel.replaceChildren(element("p", { class: "empty" }, "Click anything in the picture to pin its record here."));
  } else {
    panel.replaceChildren(waysFrom(app, thing), described(app, thing, { both: true }));
    showTab("record");
  }
  redraw(app);
}

/** Buttons that lead from a thing to its neighbours in the order of cause and effect. */
function waysFrom(app, thing) {
  const ways = element("div", { class: "ways" });
  const add = (text, i) => {
    const button = element("button", { type: "button", onclick: () => goTo(app, i) }, text);
    button.disabled = i < 0 || i >= app.model.records.count;
    ways.append(button);
  };
  const i = recordOf(app.model, thing);
  add("‹ Before (K)", i - 1);
  add("Next (J) ›", i + 1);
  add("Cause (C)", causeOf(app.model, i));
  return ways;
}

/** What caused record `i`: the delivery in whose handling it came about, or the sending of what it received. */
function causeOf({ records, messages }, i) {
  if (records.cause[i] !== NONE) return records.cause[i];
  const m = messages.receive.indexOf(i);
  return m < 0 ? NONE : messages.send[m];
}

/** Pin record `i`, and move to where it can be seen. */
function goTo(app, i) {
  if (i < 0 || i >= app.model.records.count) return;
  reveal(app.view, app.model.records.time[i]);
  revealLane(app.view, app.model.records.lane[i]);
  pin(app, { type: "record", id: i });
}

/** Show what `thing` is beside the pointer; null hides it. */
function showTip(app, thing, x, y) {
  const tip = document.getElementById("tip");
  const isSame = app.hover && thing && app.hover.type === thing.type && app.hover.id === thing.id;
  if (!isSame) {
    app.hover = thing;
    tip.hidden = thing === null;
    if (thing) tip.replaceChildren(described(app, thing, { both: false }));
    redraw(app);
  }
  if (thing) placeTip(tip, x + NAMES_WIDTH, y);
}

/** Beside the pointer, on whichever side there is room. */
function placeTip(tip, x, y) {
  const { clientWidth: width, clientHeight: height } = tip.parentElement;
  const left = x + 16 + tip.offsetWidth < width ? x + 16 : Math.max(4, x - 16 - tip.offsetWidth);
  const top = Math.min(y + 14, height - tip.offsetHeight - 6);
  tip.style.left = `${left}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}
