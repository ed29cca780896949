// A visit from its request to its destinations, one thing after the other.

import { h } from "./dom.js";
import { FATES, called, fate } from "./visits.js";
import { AGREED, NO_VIEWS, REASONS, RELEASED, SDK, SOURCES, agreed, bytes, clock, many } from "./words.js";
import { missing } from "./warnings.js";

/** The elements of a visit. `chosen` names what the details show, `choose(name)` chooses that. */
export function timeline(visit, { chosen, choose, warnings, original, can, actions }) {
  const node = (name, heading, ...content) =>
    h(
      "li",
      { class: `node ${name.split(":")[0]}` },
      h("button", { type: "button", class: "card", "aria-pressed": String(name === chosen), data: { node: name }, onclick: () => choose(name) }, h("span", { class: "heading" }, heading), content),
    );
  return [
    head(visit, { original, can, actions }),
    warnings.length > 0 && h("ul", { class: "warnings", "aria-label": "Worth a look" }, warnings.map(warning)),
    h(
      "ol",
      { class: "thread", "aria-label": "From the request to the destinations" },
      node("request", "Request", requestLine(visit)),
      visit.line.page && node("page", "Page", pageLine(visit)),
      visit.line.data_layer && node("layer", "Data layer", h("span", { class: "line" }, bytes(visit.line.data_layer.length))),
      node("visitor", "Visitor", visitorLine(visit)),
      node("consent", "Consent", consentLine(visit)),
      events(visit, node),
      h("li", { class: "divider", role: "presentation" }, "after the response"),
      visit.destinations.map((each) => node(`destination:${each.id}`, destinationHead(each), ...destinationLines(visit, each))),
      visit.destinations.length === 0 && h("li", { class: "none" }, "No destination is configured."),
      visit.budget && node("budget", "Budget", budgetLine(visit)),
    ),
  ];
}

function head(visit, { original, can, actions }) {
  const title = visit.title || visit.path || "Visit";
  return h(
    "header",
    { class: "visit-head" },
    h("h2", {}, title),
    h("p", { class: "url" }, visit.request.url ?? ""),
    h(
      "p",
      { class: "facts" },
      h("time", { datetime: visit.time }, clock(visit.time ?? visit.at)),
      original && h("button", { type: "button", class: "link", onclick: () => actions.open(visit.repeats) }, "a replay of another visit"),
    ),
    h(
      "p",
      { class: "actions" },
      can.replay && h("button", { type: "button", id: "replay", title: "Send the same request again (r)", onclick: () => actions.replay(visit) }, "Replay"),
      can.rerun && h("button", { type: "button", id: "rerun", title: "What would be sent with another consent (c)", onclick: () => actions.rerun(visit) }, "Another consent"),
    ),
  );
}

function warning({ title, text, teach }) {
  return h("li", {}, h("details", {}, h("summary", {}, h("b", {}, title), h("span", {}, text)), h("p", {}, teach)));
}

function requestLine({ request, answer }) {
  return h("span", { class: "line" }, `${request.method} ${request.country ? `from ${request.country}` : (request.ip ?? "")}`, answer.status ? h("span", { class: "status" }, String(answer.status)) : null);
}

function pageLine({ answer }) {
  return h("span", { class: "line" }, `${bytes(answer.entered)} read, released ${RELEASED[answer.released] ?? ""}; the SDK is ${SDK[answer.sdk] ?? "unknown"}`);
}

function visitorLine({ visitor }) {
  const { user = {}, session } = visitor;
  if (!visitor.kept) return h("span", { class: "line" }, visitor.pseudonym ? "not kept; told apart for a day" : "not kept");
  return h("span", { class: "line" }, h("code", {}, (user.edgee_id ?? "").slice(0, 8)), session ? ` session ${session.session_count}` : "", user.user_id ? ` · ${user.user_id}` : "");
}

function consentLine({ consent }) {
  const state = agreed(consent);
  return [
    h("span", { class: "line" }, h("span", { class: `state ${state}` }, AGREED[state]), ` by ${SOURCES[consent.consent_source] ?? "nobody"}`, consent.cmp ? ` (${consent.cmp})` : "", consent.gpc ? ", less advertising (Global Privacy Control)" : ""),
    h("span", { class: "purposes" }, Object.entries(consent.purposes ?? {}).map(([purpose, granted]) => h("span", { class: granted ? "purpose yes" : "purpose no" }, h("span", { class: "hidden" }, granted ? "granted: " : "not granted: "), purpose))),
  ];
}

function events(visit, node) {
  const unseen = visit.noViews.map((reason) => h("li", { class: "node none" }, h("p", {}, h("b", {}, `No view: ${reason}. `), NO_VIEWS[reason] ?? "")));
  return [unseen, visit.events.map((event, index) => node(`event:${index}`, [h("span", { class: `kind ${event.type}` }, event.type), " ", h("b", {}, event.type === "page" ? (event.data?.title ?? event.data?.path ?? "") : called(event))], eventLine(event)))];
}

function eventLine({ data = {}, from, type }) {
  const { value, currency } = data.properties ?? {};
  const said = type === "user" ? (data.user_id ?? "") : value !== undefined ? `${value} ${currency ?? ""}` : "";
  return h("span", { class: "line" }, [said.trim(), from === "edge" ? "seen by the edge" : "told by the browser"].filter(Boolean).join(" · "));
}

function destinationHead(destination) {
  const became = fate(destination);
  return [h("b", {}, destination.id), destination.kind === destination.id ? "" : h("span", { class: "kind-of" }, destination.kind), h("span", { class: `fate ${became}` }, FATES[became])];
}

function destinationLines(visit, destination) {
  const sent = destination.requests.map((request) => h("span", { class: "line" }, `${request.again ? "again: " : ""}${many(request.ids.length, "event")}${request.anonymous ? " without names" : ""}, ${bytes(request.bytes)} `, answered(request)));
  const kept = destination.kept.map(({ reason, events }) => h("span", { class: "line" }, `${many(events, "event")} kept: `, h("b", {}, reason), ` ${REASONS[reason] ?? ""}`));
  const dropped = destination.drops.map(({ reason, events }) => {
    const what = reason === "without-consent" && missing(visit, destination);
    return h("span", { class: "line" }, `${many(events, "event")}: `, h("b", {}, reason), what ? ` needs ${what}` : "");
  });
  return [...sent, ...kept, ...dropped];
}

/** How a request was answered, in a few words. */
export function answered({ outcomes, arrived }) {
  if (outcomes.length === 0) return h("span", { class: "status" }, arrived ? "arrived, not answered yet" : "on its way");
  const whole = outcomes.length === 1;
  return outcomes.map(({ outcome, status, problem, ids }) => {
    const word = status ?? problem ?? outcome;
    return h("span", { class: outcome === "delivered" ? "status good" : "status bad" }, whole ? String(word) : `${ids.length} ${outcome}`);
  });
}

function budgetLine({ budget, cpu }) {
  const spent = { subrequests: budget.subrequests, lookups: budget.lookups, "CPU ms": cpu };
  return Object.entries(spent).filter(([, each]) => each).map(([name, { used, of }]) => {
    return h("span", { class: "meter-line" }, h("span", {}, `${name} ${used} of ${of}`), h("meter", { min: 0, max: of, value: used, high: of * 0.8, "aria-label": `${name}: ${used} of ${of}` }));
  });
}
