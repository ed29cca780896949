// A visit beside itself: as it was, and as it would have been with another consent. Nothing of the latter was sent.

import { code } from "./details.js";
import { h } from "./dom.js";
import { parts } from "./pretty.js";
import { called, fate } from "./visits.js";
import { AGREED, agreed, many } from "./words.js";

export const CONSENTS = [
  ["granted", "Everything granted"],
  ["denied", "Everything refused"],
  ["pending", "Nothing said"],
  ["analytics", "Analytics alone"],
  ["advertising", "Advertising alone"],
  ["analytics,advertising", "Analytics and advertising"],
];

/** The two beside each other. `choose(consent)` runs the visit anew. */
export function compare(visit, other, { consent, choose, close }) {
  const ids = [...new Set([...visit.destinations, ...other.destinations].map(({ id }) => id))];
  const option = ([value, label]) => h("option", { value, selected: value === consent }, label);
  const picker = h("select", { id: "consent-picker", onchange: ({ target }) => choose(target.value) }, CONSENTS.map(option));
  return h(
    "div",
    { class: "compare" },
    h("header", { class: "visit-head" }, h("h2", {}, "With another consent"), h("p", { class: "note" }, "The same request once more, through the same configuration, on this machine. Nothing was sent."), h("p", { class: "actions" }, h("label", { for: "consent-picker" }, "Consent "), picker, h("button", { type: "button", onclick: close }, "Close"))),
    h(
      "table",
      { class: "sides" },
      h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, "As it was"), h("th", { scope: "col" }, label(consent)))),
      h(
        "tbody",
        {},
        row("Consent", state(visit), state(other)),
        row("Visitor", known(visit), known(other)),
        row("Events", names(visit), names(other)),
        ids.map((id) => row(id, ...[visit, other].map((each) => became(each, id)))),
      ),
    ),
  );
}

const label = (consent) => CONSENTS.find(([value]) => value === consent)?.[1] ?? consent;

/** A row, which stands out where the two differ. */
function row(name, before, after) {
  const differs = before.textContent !== after.textContent;
  return h("tr", { class: differs ? "differs" : "" }, h("th", { scope: "row" }, name), h("td", {}, before), h("td", {}, after));
}

const cell = (...content) => h("div", {}, ...content);

function state({ consent }) {
  const which = agreed(consent);
  return cell(h("span", { class: `state ${which}` }, AGREED[which]), " ", Object.keys(consent.purposes ?? {}).filter((purpose) => consent.purposes[purpose]).join(", "));
}

const known = ({ visitor }) => cell(visitor.kept ? "kept" : visitor.pseudonym ? "not kept; told apart for a day" : "not kept");
const names = ({ events, noViews }) => cell(events.map(called).join(", ") || noViews.join(", ") || "none");

function became(visit, id) {
  const found = visit.destinations.find((each) => each.id === id);
  if (!found) return cell("not configured");
  const { requests, drops, kept } = found;
  if (requests.length === 0) {
    const reasons = [...kept, ...drops].map(({ reason }) => reason);
    return cell(h("span", { class: `fate ${fate(found)}` }, reasons.join(", ") || "nothing"));
  }
  const count = requests.reduce((sum, { ids }) => sum + ids.length, 0);
  const nameless = requests.some(({ anonymous }) => anonymous) ? " without names" : "";
  return cell(h("span", { class: "fate delivered" }, many(count, "event") + nameless), requests.map(opened));
}

/** The request’s content, to be opened. It does not count for the comparison: ids and times always differ. */
function opened(request) {
  const box = h("details", { class: "body" }, h("summary", {}, "request"));
  box.addEventListener("toggle", () => {
    if (!box.open || box.childElementCount > 1) return;
    if (request.sink) return void box.append(code(request.records));
    box.append(...parts(request).map(({ pairs, json, text }) => code(pairs ? Object.fromEntries(pairs) : (json ?? text))));
  });
  return box;
}
