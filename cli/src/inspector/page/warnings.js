// What is worth a second look, and what to do about it. A rule a thing: `find` says where it is, in a sentence each.

import { called } from "./visits.js";

/** Two views of a page within this time are one that was told twice, in milliseconds. */
const TWICE_MS = 3000;
/** Names that destinations take for a purchase. */
const PURCHASES = ["purchase", "order completed", "checkout completed", "order_completed", "completepayment"];

const tracks = ({ events }) => events.filter(({ type }) => type === "track");
const isPurchase = (event) => event.type === "track" && PURCHASES.includes(called(event).toLowerCase());
const properties = (event) => event.data?.properties ?? {};
const number = (value) => typeof value === "number" && Number.isFinite(value);
const loopback = (host) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
const viewed = ({ events }) => events.filter(({ type }) => type === "page").map(({ data, context }) => data?.url ?? context?.page?.url);
const visitor = ({ visitor, request }) => visitor.user?.edgee_id ?? `${request.ip} ${request.headers?.find(([name]) => name === "user-agent")?.[1]}`;

export const RULES = [
  {
    id: "duplicated-view",
    title: "The same page view twice",
    teach: "Reports count it twice. Often a page’s own tag or code reports views that the edge reports already: keep one, or set page.views.",
    find(visit, { before = [] }) {
      const urls = viewed(visit);
      const here = urls.filter((url, index) => urls.indexOf(url) !== index);
      const recent = before.filter((other) => other !== visit && visit.at - other.at < TWICE_MS && visitor(other) === visitor(visit));
      // Reloading a page is a view of its own; told by both the edge and the browser, it is one.
      const told = recent.filter((other) => other.occasion !== visit.occasion);
      const there = told.flatMap(viewed).filter((url) => urls.includes(url));
      return [...new Set([...here, ...there])].map((url) => `${url} was viewed twice within ${TWICE_MS / 1000} seconds.`);
    },
  },
  {
    id: "no-currency",
    title: "A value without its currency",
    teach: "Most vendors ignore the value, or take it for dollars. Say currency as ISO 4217 has it, such as EUR.",
    find: (visit) =>
      tracks(visit)
        .filter((event) => (isPurchase(event) || "value" in properties(event)) && !/^[A-Za-z]{3}$/.test(properties(event).currency ?? ""))
        .map((event) => `${called(event)} has ${"currency" in properties(event) ? `the currency ${JSON.stringify(properties(event).currency)}` : "no currency"}.`),
  },
  {
    id: "no-value",
    title: "A purchase without a value, or with a value that is text",
    teach: "Revenue is the sum of value. Say it as a number with a dot, such as 49.9, and not as text.",
    find: (visit) =>
      tracks(visit)
        .filter((event) => (isPurchase(event) || "value" in properties(event)) && !number(properties(event).value))
        .map((event) => `${called(event)} has ${"value" in properties(event) ? `the value ${JSON.stringify(properties(event).value)}` : "no value"}.`),
  },
  {
    id: "no-order-id",
    title: "A purchase without an order’s id",
    teach: "When the page is loaded again, the purchase counts again. Say transaction_id or order_id, by which vendors know it.",
    find: (visit) =>
      visit.events
        .filter((event) => isPurchase(event) && !properties(event).transaction_id && !properties(event).order_id)
        .map((event) => `${called(event)} has neither transaction_id nor order_id.`),
  },
  {
    id: "without-consent",
    title: "A destination without its consent",
    teach: "That is as it should be where the visitor has refused. Where they were not asked, see who decided; without_consent = \"anonymous\" sends it without names.",
    find: (visit) =>
      visit.destinations
        .filter(({ drops }) => drops.some(({ reason }) => reason === "without-consent"))
        .map((destination) => `${destination.id} needs ${missing(visit, destination) || "its vendor’s consent"}.`),
  },
  {
    id: "nobody-takes",
    title: "An event that nobody takes",
    teach: "No destination is configured for this type or name, or every filter leaves it out: it need not be told, or some component’s events should list it.",
    find: (visit) =>
      visit.events
        .filter(({ uuid }) => visit.destinations.length > 0 && visit.destinations.every((each) => refused(each, uuid)))
        .map((event) => `${called(event)}: ${reasons(visit, event)}.`),
  },
  {
    id: "data-layer",
    title: "The data layer cannot be read",
    teach: "Its events are lost, and consent counts as pending. It is JSON in a script element of type application/json.",
    find: ({ problems }) => problems.flatMap(({ data_layer: problem }) => problem ?? []),
  },
  {
    id: "unknown-visitor",
    title: "A visitor who might be known, and is not",
    teach: "Analytics is granted, and there is no identity: the key is not in the secret store, or the browser sent no cookie back from the page before.",
    find: (visit) =>
      visit.events.length > 0 && visit.consent.purposes?.analytics && !visit.visitor.kept && visit.occasion !== "unseen"
        ? ["Each of their pages counts as a new visitor."]
        : [],
  },
  {
    id: "nobody",
    title: "A user event that names nobody",
    teach: "Say user_id: your own id for somebody who has signed in.",
    find: (visit) =>
      visit.events
        .filter(({ type, data }) => type === "user" && !data?.user_id && !data?.anonymous_id)
        .map(() => "It has neither user_id nor anonymous_id."),
  },
  {
    id: "address-in-url",
    title: "An e-mail address in a URL",
    teach: "Vendors forbid personal data in page addresses, and close accounts for it. It comes from a form sent by GET, or a link in a newsletter.",
    find: (visit) =>
      [...new Set(visit.events.map(({ context }) => context?.page?.url).filter((url) => /[^/=&?]+(@|%40)[\w-]+\.[\w.-]+/.test(path(url))))],
  },
  {
    id: "loopback",
    title: "Events of this machine for real vendors",
    teach: "--live delivers what happens here. Use a property or a pixel for tests, or leave --live out.",
    find: (visit, { about = {} }) => (about.live && visit.url && loopback(visit.url.hostname) && visit.events.length > 0 ? [`They say that it happened on ${visit.url.host}.`] : []),
  },
  {
    id: "rejected",
    title: "A destination refuses",
    teach: "Another try would not help: look at the request, and at the vendor’s own debugger.",
    find: (visit) =>
      visit.destinations.flatMap(({ id, requests }) =>
        requests
          .flatMap(({ outcomes }) => outcomes.filter(({ outcome }) => outcome === "rejected"))
          .map(({ status, problem, said }) => `${id} answered ${said ?? status ?? problem}.`),
      ),
  },
  {
    id: "late-release",
    title: "A page that is read for long",
    teach: "Its head does not end where it should, or its data layer comes late: put that into the head, and the rest passes without costing anything.",
    find: ({ answer }) => (["limit", "failed"].includes(answer.released) ? [`${answer.entered.toLocaleString("en")} bytes were read: ${answer.released}.`] : []),
  },
  {
    id: "budget",
    title: "Near the platform’s limit",
    teach: "What exceeds it is kept for the next time, or dropped from the last component on. Use delivery = \"queue\" for some.",
    find({ budget }) {
      const { used = 0, of = 0 } = budget?.subrequests ?? {};
      return of > 0 && used > of * 0.8 ? [`${used} of ${of} subrequests.`] : [];
    },
  },
];

/** Everything that is worth a second look in a visit: `{ id, title, teach, text }`. */
export function warnings(visit, context = {}) {
  return RULES.flatMap(({ find, ...rule }) => find(visit, context).map((text) => ({ ...rule, text })));
}

/** The purposes that a destination needs, and a visit does not grant. */
export function missing({ consent }, { purposes = [] }) {
  return purposes.filter((purpose) => !consent.purposes?.[purpose]).join(" and ");
}

/** Whether a destination will never get an event, whatever the visitor agrees to. */
function refused({ requests, kept, drops }, uuid) {
  const has = (each) => each.ids?.includes(uuid);
  if (requests.some(has) || kept.some(has)) return false;
  const why = drops.filter(has).map(({ reason }) => reason);
  return why.some((reason) => ["event-type", "not-selected", "not-supported", "filtered"].includes(reason));
}

function reasons({ destinations }, { uuid }) {
  const each = destinations.map(({ id, drops }) => `${id} ${drops.find(({ ids }) => ids.includes(uuid))?.reason}`);
  return each.join(", ");
}

function path(url = "") {
  return url.replace(/^\w+:\/\/[^/]*/, "");
}
