// From what has happened, line by line, to visits: what arrived, what was decided, what became of each event for each
// destination. Lines of one visit come one after the other, and those of many visits among each other.

/** The most that are kept; the oldest go first. */
const MOST = 500;

export class Visits {
  /** The oldest first. */
  all = [];
  /** What is wrong with the whole, and no visit’s own: `{ component, secret, problem }`. */
  problems = [];
  #byId = new Map();
  /** Which visit an event is of, by the event’s id. */
  #byEvent = new Map();
  /** What came before the visit that it belongs to: lines by visit, and what the catcher caught by its print. */
  #early = new Map();
  #caught = new Map();

  get(id) {
    return this.#byId.get(id);
  }

  clear() {
    this.all = [];
    this.problems = [];
    for (const map of [this.#byId, this.#byEvent, this.#early, this.#caught]) map.clear();
  }

  /** Takes an entry of the journal; returns the visits that it has changed. */
  add({ at, line, caught }) {
    if (caught) return this.#arrived(at, caught);
    if (!line) return [];
    if (line.selvedge === "visit") return [this.#begin(at, line)];
    if (line.selvedge === "again") return this.#again(at, line);
    if (line.visit) {
      const visit = this.get(line.visit);
      if (visit) return this.#said(visit, at, line), [visit];
      const early = this.#early.get(line.visit) ?? [];
      this.#early.set(line.visit, [...early, { at, line }]);
      return [];
    }
    if (line.ids?.length) {
      const visits = this.#of(line.ids);
      for (const visit of visits) this.#said(visit, at, line);
      return visits;
    }
    if (line.selvedge === "problem") this.problems = [...this.problems.slice(-20), line];
    return [];
  }

  #begin(at, line) {
    const visit = read(at, line);
    const before = this.#byId.get(visit.id);
    if (before) return before;
    this.all.push(visit);
    this.#byId.set(visit.id, visit);
    for (const { uuid } of visit.events) this.#byEvent.set(uuid, visit);
    for (const early of this.#early.get(visit.id) ?? []) this.#said(visit, early.at, early.line);
    this.#early.delete(visit.id);
    for (const { requests } of visit.destinations) requests.forEach((request) => this.#claim(request));
    if (this.all.length > MOST) {
      const gone = this.all.shift();
      this.#byId.delete(gone.id);
      for (const { uuid } of gone.events) this.#byEvent.delete(uuid);
    }
    return visit;
  }

  /** What became of something of a visit’s. */
  #said(visit, at, line) {
    visit.version++;
    if (line.selvedge === "no-view") return void visit.noViews.push(line.reason);
    if (line.selvedge === "problem") return void visit.problems.push(line);
    if (line.selvedge === "cpu") return void (visit.cpu = { used: line.ms, of: line.of });
    const destination = visit.destinations.find(({ id }) => id === line.component);
    if (!destination) return;
    const ids = new Set((line.ids ?? []).filter((id) => visit.events.some(({ uuid }) => uuid === id)));
    if (line.selvedge === "drop") destination.drops.push({ ...line, ids: [...ids] });
    if (line.selvedge === "kept") destination.kept.push({ ...line, ids: [...ids] });
    if (line.selvedge === "delivery") {
      // A vendor may take some of a request's events and refuse others: then there is a line for each part.
      const carries = (request) => !settled(request) && line.ids.some((id) => request.ids.includes(id));
      destination.requests.find(carries)?.outcomes.push({ at, ...line });
    }
  }

  /** What is sent later: what the outbox held, perhaps of many visits in one request; or what had to wait for a token. */
  #again(at, { requests, visit: visitId }) {
    const changed = new Set();
    for (const request of requests) {
      for (const visit of this.#of(request.ids)) {
        const destination = visit.destinations.find(({ id }) => id === request.component);
        const told = { ...request, at, again: !visitId, outcomes: [] };
        destination?.requests.push(told);
        this.#claim(told);
        visit.version++;
        changed.add(visit);
      }
    }
    return [...changed];
  }

  /** A request has reached the catcher: of one of the last visits, or of one whose line is still on its way here. */
  #arrived(at, caught) {
    for (const visit of this.all.slice(-100).reverse()) {
      const destination = visit.destinations.find(({ id }) => id === caught.component);
      const request = destination?.requests.find((each) => each.print === caught.print && !each.arrived);
      if (!request) continue;
      request.arrived = { at, ...caught };
      visit.version++;
      return [visit];
    }
    this.#caught.set(caught.print, { at, ...caught });
    const [oldest] = this.#caught.keys();
    if (this.#caught.size > MOST) this.#caught.delete(oldest);
    return [];
  }

  #claim(request) {
    const arrived = this.#caught.get(request.print);
    if (!arrived) return;
    request.arrived = arrived;
    this.#caught.delete(request.print);
  }

  #of(ids) {
    return [...new Set(ids.map((id) => this.#byEvent.get(id)).filter(Boolean))];
  }
}

/** A visit of its line. */
export function read(at, line) {
  const { request = {}, answer = {}, events = [] } = line;
  const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
  const [first] = events;
  const page = first?.context?.page ?? line.page ?? {};
  return {
    id: line.visit,
    at,
    time: line.time,
    line,
    occasion: line.occasion,
    request,
    answer,
    url,
    // A post is about the page that posts.
    path: line.occasion === "post" ? (page.path ?? url?.pathname ?? "") : ((url?.pathname ?? "") + (url?.search ?? "")),
    title: line.page?.title ?? page.title ?? "",
    events,
    consent: first ?? line.consent ?? {},
    decision: line.consent ?? {},
    visitor: line.visitor ?? {},
    /** The visit that it repeats. */
    repeats: field(request, "x-selvedge-replay"),
    noViews: [],
    problems: [],
    destinations: (line.components ?? []).map((component) => ({
      ...component,
      requests: component.requests.map((each) => ({ ...each, outcomes: [] })),
      drops: [],
      kept: [],
    })),
    budget: line.budget,
    /** Counts what was added, so that what is shown can be told from what is known. */
    version: 0,
  };
}

/** A field of a request’s head. */
export const field = ({ headers = [] }, name) => headers.find(([each]) => each === name)?.[1];

/** Whether it is known of all events of a request what became of them. */
export const settled = ({ ids, outcomes }) => ids.every((id) => outcomes.some((outcome) => outcome.ids.includes(id)));

/** What became of a visit’s events at a destination, one word of `FATES`. An event that was tried again counts by its last try. */
export function fate({ requests, drops, kept }) {
  if (requests.length === 0) return kept.length > 0 ? "kept" : drops.length > 0 ? "withheld" : "nothing";
  const last = new Map();
  for (const { ids, outcomes } of requests) for (const id of ids) last.set(id, outcomes.find((outcome) => outcome.ids.includes(id))?.outcome);
  const words = new Set(last.values());
  if (words.has(undefined)) return "sent";
  if (words.has("delivered")) return words.size > 1 ? "partial" : "delivered";
  return words.has("try-again") ? "kept" : "failed";
}

export const FATES = {
  delivered: "delivered",
  partial: "in part",
  kept: "in the outbox",
  failed: "not delivered",
  withheld: "nothing sent",
  sent: "on its way",
  nothing: "no events",
};

/** How an event is called: the name of what happened, or its type. */
export const called = (event) => (event.type === "track" ? event.data?.name : event.type) ?? "event";

/** What a visit is called in the list. */
export function subject(visit) {
  if (visit.occasion === "script") return "a script’s complaint";
  const names = visit.events.map(called);
  if (names.length === 0) return visit.noViews.length > 0 ? `no view: ${visit.noViews[0]}` : "no events";
  const counted = new Map();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  return [...counted].map(([name, count]) => (count > 1 ? `${name} ×${count}` : name)).join(", ");
}
