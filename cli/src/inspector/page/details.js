// One thing of a visit in full.

import { curl } from "./curl.js";
import { copier, h } from "./dom.js";
import { parts, words } from "./pretty.js";
import { answered } from "./timeline.js";
import { called } from "./visits.js";
import { missing } from "./warnings.js";
import { AGREED, NO_VIEWS, REASONS, SDK, SOURCES, agreed, bytes, clock, many } from "./words.js";

/** Longer texts are cut here, and shown whole when somebody asks. */
const LONG = 20_000;
let raw = false;

/** What is shown of a visit under a name such as `consent` or `destination:ga4`. */
export function details(visit, name, { secrets = [], again }) {
  const at = name.indexOf(":");
  const [kind, which] = at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at + 1)];
  const shows = { request, page, layer, visitor, consent, event, destination, budget };
  return h("div", { class: `detail ${kind}` }, shows[kind]?.(visit, which, { secrets, again }) ?? h("p", {}, "Choose something of the visit."));
}

function request({ request, answer, line }) {
  return [
    title("Request"),
    h("p", { class: "target" }, h("b", {}, request.method), " ", request.url),
    pairs("From", [["address", request.ip], ["country", request.country], ["city", request.city], ["program", request.bot]]),
    pairs("Answer", [["status", answer.status], ["x-selvedge", answer.diagnosis], ["occasion", line.occasion]]),
    answer.cookies?.length > 0 && list("Cookies set", answer.cookies),
    pairs("Fields", request.headers ?? []),
    request.body && block("Body", structured(request.body)),
  ];
}

function page({ line, answer }) {
  const { title: text, canonical, keywords = [], too_long: long = [] } = line.page;
  return [
    title("Page"),
    pairs("What it says of itself", [["title", text], ["canonical", canonical], ["keywords", keywords.join(", ")], ["too long to be taken", long.join(", ")]]),
    pairs("Release", [["bytes that entered Wasm", answer.entered?.toLocaleString("en")], ["released", answer.released], ["the SDK’s tag", SDK[answer.sdk]]]),
    h("p", { class: "note" }, "From where it was released, the platform streams the page by itself."),
  ];
}

function layer({ line }) {
  return [title("Data layer"), copier("Copy", line.data_layer), structured(line.data_layer)];
}

function visitor({ visitor, answer }) {
  const { user = {}, session, ids = {}, pseudonym, kept } = visitor;
  return [
    title("Visitor"),
    h("p", { class: "note" }, kept ? "Kept in a sealed cookie of the visitor’s own browser." : "Nothing is kept of this visitor: analytics is not granted, there is no key, or nobody saw the page."),
    pairs("Identity", [["id", user.edgee_id], ["user_id", user.user_id], ["anonymous_id", user.anonymous_id], ["pseudonym of the day", pseudonym]]),
    session && pairs("Session", Object.entries(session).map(([name, value]) => [name.replaceAll("_", " "), String(value)])),
    pairs("Vendors’ ids", Object.entries(ids)),
    user.properties && block("Traits", code(user.properties)),
    answer.cookies?.length > 0 && list("Cookies set", answer.cookies),
  ];
}

function consent({ decision, events }) {
  const said = decision.said ?? [];
  return [
    title("Consent"),
    h("p", { class: "note" }, "Whose word stands first counts. An event may bring its own."),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ["who", "said", "purposes"].map((each) => h("th", { scope: "col" }, each)))),
      h("tbody", {}, said.map((each, index) => h("tr", { class: index === 0 ? "counts" : "" }, h("th", { scope: "row" }, SOURCES[each.source] ?? each.source, each.cmp ? ` (${each.cmp})` : ""), h("td", {}, h("span", { class: `state ${agreed(each)}` }, AGREED[agreed(each)])), h("td", {}, granted(each))))),
    ),
    pairs("Also", [["country", decision.country], ["Sec-GPC: 1", decision.sec_gpc ? (decision.gpc ? "sent; it took advertising away" : "sent") : ""], ["vendors agreed to", decision.vendors]]),
    events.some((each) => each.consent_source === "event") && block("Events with a word of their own", h("ul", {}, events.filter((each) => each.consent_source === "event").map((each) => h("li", {}, `${called(each)}: ${AGREED[agreed(each)]}`)))),
  ];
}

const granted = ({ purposes = {} }) => Object.keys(purposes).filter((purpose) => purposes[purpose]).join(", ") || "none";

function event({ events, destinations }, which) {
  const one = events[Number(which)];
  if (!one) return undefined;
  const became = destinations.map(({ id, requests, drops, kept }) => {
    const has = ({ ids }) => ids.includes(one.uuid);
    const sent = requests.filter(has).at(-1);
    const why = [...kept, ...drops].find(has)?.reason;
    return h("tr", {}, h("th", { scope: "row" }, id), h("td", {}, sent ? answered(sent) : (why ?? "–")), h("td", {}, sent ? "" : (REASONS[why] ?? "")));
  });
  return [title(called(one)), block("What became of it", h("table", {}, h("tbody", {}, became))), block("Event", h("p", {}, copier("Copy", () => JSON.stringify(one, null, 2))), code(one))];
}

function destination(visit, id, { secrets, again }) {
  const found = visit.destinations.find((each) => each.id === id);
  if (!found) return undefined;
  const { kind, purposes, tcf_vendor: vendor, requests, drops, kept } = found;
  const lacks = missing(visit, found);
  return [
    title(id),
    pairs("", [["kind", kind], ["needs", purposes.length > 0 ? purposes.join(", ") : "no consent"], ["TCF vendor", vendor]]),
    requests.map((each, index) => sent(each, requests.length > 1 ? index + 1 : 0, { secrets, again })),
    [...kept, ...drops].map((each) =>
      h(
        "section",
        { class: "why" },
        h("h3", {}, `${many(each.events, "event")}: ${each.reason}`),
        h("p", {}, REASONS[each.reason] ?? "", each.reason === "without-consent" && lacks ? ` Missing: ${lacks}.` : ""),
        pairs("", [["consent", each.consent], ["said by", SOURCES[each.consent_source]], ["platform", each.cmp], ["problem", each.problem]]),
        h("p", { class: "note" }, names(visit, each.ids)),
      ),
    ),
    requests.length + drops.length + kept.length === 0 && h("p", {}, visit.events.length > 0 ? "Nothing is known yet." : "The visit has no events."),
  ];
}

const names = ({ events }, ids) => events.filter(({ uuid }) => ids.includes(uuid)).map(called).join(", ");

function sent(request, number, { secrets, again }) {
  const { outcomes, arrived } = request;
  if (request.sink) return written(request, number);
  const heading = `${request.again ? "Another try" : "Request"}${number ? ` ${number}` : ""}`;
  const toggle = (value) => h("button", { type: "button", "aria-pressed": String(raw === value), onclick: () => ((raw = value), again()) }, value ? "Raw" : "Pretty");
  return h(
    "section",
    { class: "sent" },
    h("h3", {}, heading, " ", answered(request)),
    h("p", { class: "target" }, h("b", {}, request.method), " ", raw ? request.url : request.url.replace(/\?.*/s, "")),
    h("p", { class: "actions" }, h("span", { class: "toggle", role: "group", "aria-label": "Form" }, toggle(false), toggle(true)), copier("Copy as curl", () => curl(request, secrets), { data: { copy: "curl" } }), request.body && copier("Copy body", request.body)),
    raw ? rawly(request) : [pairs("Fields", request.headers), parts(request).map(part)],
    outcomes.map((outcome) => answer(outcome, outcomes.length > 1)),
    arrived && pairs("Arrival", [["at", clock(arrived.at)], ["body", bytes(arrived.bytes)], ["the catcher answers", arrived.answer]]),
  );
}

/** What a vendor said, of all events or of some. */
function answer({ status, outcome, problem, said, due, attempt, ids }, part) {
  return pairs(part ? `Answer for ${many(ids.length, "event")}` : "Answer", [
    ["status", status],
    ["outcome", outcome],
    ["it says", said],
    ["problem", problem],
    ["attempt", attempt],
    ["tried again", due && `from ${clock(due)} on`],
  ]);
}

/** What a sink of the platform's was given. */
function written(request, number) {
  return h(
    "section",
    { class: "sent" },
    h("h3", {}, `Written${number ? ` ${number}` : ""}`, " ", answered(request)),
    h("p", { class: "target" }, h("b", {}, request.sink), " ", request.name),
    request.records.map((record, index) => block(`Record ${index + 1}`, structured(record))),
    request.outcomes.map((outcome) => answer(outcome, request.outcomes.length > 1)),
  );
}

function rawly({ method, url, headers, body }) {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  const lines = [`${method} ${target ? target.pathname + target.search : url} HTTP/1.1`, `host: ${target?.host ?? ""}`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return long(`${lines.join("\n")}\n\n${body}`, (text) => h("pre", { tabindex: 0 }, text));
}

function part({ title: heading, pairs: list, json, text }) {
  if (list) return pairs(heading, list);
  return block(heading, json === undefined ? long(text, (shown) => h("pre", { tabindex: 0 }, shown)) : code(json));
}

function budget({ budget, cpu, answer }) {
  const row = (name) => [name, `${budget[name].used} of ${budget[name].of}`];
  return [
    title("Budget"),
    h("p", { class: "note" }, `What ${budget.platform} allows one request, and what this visit has used. No emulator enforces it; Selvedge plans for it.`),
    pairs("", [
      row("subrequests"),
      ["of these, the website’s own", String(budget.origin)],
      row("lookups"),
      ["CPU", cpu ? `${cpu.used} ms of ${cpu.of}` : "this emulator does not tell"],
      ["bytes that entered Wasm", answer.entered?.toLocaleString("en")],
    ]),
  ];
}

const title = (text) => h("h2", {}, text);
const block = (heading, ...content) => h("section", {}, heading && h("h3", {}, heading), content);
const list = (heading, texts) => block(heading, h("ul", { class: "texts" }, texts.map((text) => h("li", {}, text))));

function pairs(heading, rows) {
  const known = rows.filter(([, value]) => value !== undefined && value !== null && value !== "");
  if (known.length === 0) return null;
  return block(heading, h("dl", {}, known.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value))))));
}

function structured(text) {
  try {
    return code(JSON.parse(text));
  } catch {
    return long(text, (shown) => h("pre", { tabindex: 0 }, shown));
  }
}

/** JSON, its words in the colours of their kinds. */
export function code(value) {
  const text = JSON.stringify(value, null, 2);
  if (text.length > LONG) return long(text, (shown) => h("pre", { tabindex: 0 }, shown));
  const pieces = [...words(value)].map(([kind, piece]) => (kind ? h("span", { class: kind }, piece) : piece));
  return h("pre", { class: "json", tabindex: 0 }, pieces);
}

function long(text, show) {
  if (text.length <= LONG) return show(text);
  const box = h("div", {}, show(`${text.slice(0, LONG)}…`));
  const rest = text.length - LONG;
  box.append(h("button", { type: "button", onclick: () => box.replaceChildren(show(text)) }, `Show the other ${rest.toLocaleString("en")} characters`));
  return box;
}
