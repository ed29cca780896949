// The page: hears what happens, and shows what is asked for. Elements are made anew only for what has changed.

import { compare } from "./compare.js";
import { details } from "./details.js";
import { $, announce, fill, h } from "./dom.js";
import { matches } from "./filter.js";
import { KEYS, listen } from "./keys.js";
import { List } from "./list.js";
import { theme } from "./theme.js";
import { timeline } from "./timeline.js";
import { Visits, read } from "./visits.js";
import { warnings } from "./warnings.js";
import { many } from "./words.js";

const visits = new Visits();
const list = new List($("list"), { choose: (visit) => open(visit?.id), warned: (visit) => warned(visit).length });

let about = {};
/** What is shown: a visit, one thing of it, and perhaps another run beside it. */
let chosen;
let thing;
let beside;
/** While it is paused, what happens waits here. */
let waiting;
/** Whether the latest visit is to be shown by itself: until somebody chooses another. */
let follows = true;
/** The visit that was shown before the page was loaded again, until it is here. */
let wanted = location.hash.slice(1);

const found = new WeakMap();
/** What is worth a look in a visit, worked out when it has changed. */
function warned(visit) {
  const known = found.get(visit);
  if (known?.version === visit.version) return known.all;
  const at = visits.all.indexOf(visit);
  const all = warnings(visit, { about, before: at < 0 ? [] : visits.all.slice(Math.max(0, at - 20), at) });
  found.set(visit, { version: visit.version, all });
  return all;
}

const filters = () => ({ text: $("search").value, destination: $("by-destination").value, consent: $("by-consent").value });
let shown = [];

// ——— drawing

let asked = false;
/** Draws what has changed, once for many changes. */
function draw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    drawList();
    drawVisit();
  });
}

function drawList() {
  const among = filters();
  shown = visits.all.filter((visit) => matches(visit, among)).reverse();
  if (follows && shown[0] && !beside) chosen = shown[0].id;
  list.show(shown, chosen);
  const all = visits.all.length;
  $("count").textContent = all === 0 ? "" : shown.length === all ? many(all, "visit") : `${shown.length} of ${many(all, "visit")}`;
  fill($("problems"), visits.problems.map(({ component, secret, problem }) => h("p", { class: "problem" }, h("b", {}, component ?? secret ?? "problem"), ` ${problem ?? ""}`)));
  $("fresh").hidden = !waiting || waiting.length === 0;
  const visitsWaiting = (waiting ?? []).filter(({ line }) => line?.selvedge === "visit").length;
  $("fresh").textContent = `${many(visitsWaiting, "visit")} since the pause`;
}

let drawn = "";
function drawVisit() {
  const visit = visits.get(chosen);
  if (!visit) {
    drawn = "";
    fill($("timeline"), empty());
    return fill($("details"));
  }
  if (!visit.destinations.some(({ id }) => `destination:${id}` === thing) && !exists(visit, thing)) thing = usual(visit);
  const key = [visit.id, visit.version, thing, beside?.consent, beside?.visit?.id, warned(visit).length].join(" ");
  if (key === drawn) return;
  drawn = key;
  document.querySelector(".panes").classList.toggle("comparing", Boolean(beside));
  const focused = document.activeElement?.dataset?.node;
  if (beside) {
    const actions = { consent: beside.consent, choose: (consent) => rerun(visit, consent), close: () => ((beside = undefined), draw()) };
    fill($("timeline"), compare(visit, beside.visit, actions));
  } else {
    const actions = { replay, rerun, open };
    fill($("timeline"), timeline(visit, { chosen: thing, choose: look, warnings: warned(visit), original: visit.repeats, can: about.can ?? {}, actions }));
    if (focused) document.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
  drawDetails(visit);
}

function drawDetails(visit) {
  fill($("details"), details(visit, thing, { secrets: about.secrets, again: () => drawDetails(visit) }));
}

const exists = (visit, name = "") =>
  ["request", "visitor", "consent", "budget"].includes(name) ||
  (name === "page" && visit.line.page) ||
  (name === "layer" && visit.line.data_layer) ||
  (name.startsWith("event:") && visit.events[Number(name.slice(6))]);

/** What is looked at first: what was sent, else why nothing was. */
function usual({ destinations }) {
  const happened = ({ requests, drops, kept }) => requests.length + drops.length + kept.length > 0;
  const first = destinations.find(({ requests }) => requests.length > 0) ?? destinations.find(happened);
  return first ? `destination:${first.id}` : "request";
}

function empty() {
  const where = about.edge ? h("a", { href: `${about.edge}/`, target: "_blank", rel: "noopener" }, about.edge) : "the website";
  return h("div", { class: "empty" }, h("h2", {}, visits.all.length > 0 ? "No visit is chosen" : "Nobody has been here yet"), h("p", {}, "Open ", where, " and look around: each page and each event appears here as it happens."));
}

// ——— doing

function open(id) {
  if (!visits.get(id)) return;
  follows = id === visits.all.at(-1)?.id;
  chosen = id;
  beside = undefined;
  // Who looks at the latest visit looks at the latest after a reload, too.
  history.replaceState(null, "", follows ? location.pathname : `#${id}`);
  draw();
}

function look(name) {
  thing = name;
  draw();
  if (matchMedia("(max-width: 1100px)").matches) requestAnimationFrame(() => $("details").scrollIntoView({ behavior: "smooth" }));
}

function step(by) {
  list.step(by);
  announce(`${visits.get(chosen)?.title ?? ""} ${visits.get(chosen)?.path ?? ""}`);
}

async function ask(path, said) {
  const answer = await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(said) }).catch(() => undefined);
  const body = await answer?.json().catch(() => ({}));
  if (!answer?.ok) announce(body?.error ?? "That did not work.");
  return answer?.ok ? (body ?? {}) : undefined;
}

async function replay(visit) {
  if (!about.can?.replay || !visit) return;
  follows = true;
  if (await ask("/replay", { visit: visit.id })) announce("Replayed");
}

async function rerun(visit, consent) {
  if (!about.can?.rerun || !visit) return;
  const other = consent ?? (visit.consent.consent === "granted" ? "denied" : "granted");
  const answer = await ask("/rerun", { visit: visit.id, consent: other });
  if (!answer) return;
  const run = new Visits();
  for (const line of answer.lines) run.add({ at: visit.at, line });
  follows = false;
  beside = { consent: other, visit: run.all[0] ?? read(visit.at, {}) };
  draw();
  requestAnimationFrame(() => requestAnimationFrame(() => $("consent-picker")?.focus({ preventScroll: true })));
}

function pause() {
  if (waiting) {
    const all = waiting;
    waiting = undefined;
    all.forEach(hear);
  } else waiting = [];
  const paused = Boolean(waiting);
  $("pause").setAttribute("aria-pressed", String(paused));
  $("pause").textContent = paused ? "Go on" : "Pause";
  announce(paused ? "Paused" : "Going on");
  draw();
}

// ——— hearing

function hear(entry) {
  if (waiting) return void (waiting.push(entry), draw());
  visits.add(entry);
  if (wanted && visits.get(wanted)) {
    [chosen, follows] = [wanted, false];
    wanted = undefined;
  }
  draw();
}

function inspect(said) {
  // Another run of the program: what was shown is of the one before.
  if (about.epoch && about.epoch !== said.epoch) {
    visits.clear();
    [beside, follows] = [undefined, true];
  }
  about = said;
  const { title, config, live, answers = {}, components = [] } = about;
  $("where").textContent = [title, config].filter(Boolean).join(" · ") + (live ? " · live: vendors get what happens here" : "");
  document.title = title ? `Selvedge inspector – ${title}` : "Selvedge inspector";
  const destination = $("by-destination");
  const before = destination.value;
  fill(destination, h("option", { value: "" }, "All destinations"), components.map(({ id }) => h("option", { value: id }, id)));
  destination.value = components.some(({ id }) => id === before) ? before : "";
  $("answers-open").hidden = !about.can?.answer || components.length === 0;
  const choices = [["204", "204 – taken"], ["400", "400 – refused for good"], ["429", "429 – come back later"], ["500", "500 – out of order"], ["hang", "no answer in time"]];
  fill(
    $("answers-list"),
    components.map(({ id }) =>
      h("label", { class: "answer" }, h("span", {}, id), h("select", { data: { answer: id }, onchange: ({ target }) => ask("/answers", { component: id, answer: target.value }) }, choices.map(([value, text]) => h("option", { value, selected: (answers[id] ?? "204") === value }, text)))),
    ),
  );
  const unusual = Object.values(answers).filter((answer) => answer !== "204").length;
  $("answers-open").textContent = unusual > 0 ? `Answers (${unusual})` : "Answers";
  drawn = "";
  draw();
}

const stream = new EventSource("/stream");
const connection = (state, text) => {
  $("connection").dataset.state = state;
  $("connection").textContent = text;
};
stream.addEventListener("open", () => connection("open", "connected"));
stream.addEventListener("error", () => connection("closed", "not connected"));
stream.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
stream.addEventListener("about", ({ data }) => inspect(JSON.parse(data)));
stream.addEventListener("clear", () => {
  visits.clear();
  if (waiting) waiting = [];
  [chosen, beside, wanted, follows] = [undefined, undefined, undefined, true];
  history.replaceState(null, "", location.pathname);
  draw();
});

// ——— listening

theme($("theme"));
$("pause").addEventListener("click", pause);
$("fresh").addEventListener("click", pause);
$("clear").addEventListener("click", () => ask("/clear", {}));
$("answers-open").addEventListener("click", () => $("answers").showModal());
$("help-open").addEventListener("click", () => $("help").showModal());
fill($("keys"), KEYS.map(([key, what]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, what))));
for (const id of ["search", "by-destination", "by-consent"]) {
  $(id).addEventListener("input", () => {
    beside = undefined;
    draw();
    requestAnimationFrame(() => list.reveal(chosen));
  });
  $(id).addEventListener("change", () => requestAnimationFrame(() => announce($("count").textContent)));
}
$("filters").addEventListener("submit", (event) => event.preventDefault());
listen({
  j: () => step(1),
  k: () => step(-1),
  // Drawn first: a search may have been cleared a moment ago.
  g: () => (drawList(), open(shown[0]?.id), list.reveal(shown[0]?.id)),
  p: pause,
  r: () => void replay(visits.get(chosen)),
  c: () => void rerun(visits.get(chosen)),
  "/": () => $("search").focus(),
  "?": () => $("help").showModal(),
  // On a button, Enter presses it.
  Enter: ({ target }) => target === $("list") && (document.querySelector(".card[aria-pressed=true]") ?? $("visit")).focus(),
  Escape: () => (beside ? ((beside = undefined), draw()) : $("list").focus()),
});

draw();
