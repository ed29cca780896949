// The inspector's own modules that need no page: what it makes of the log, what it warns of, what it copies.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { root } from "./dev.mjs";

const page = (name) => import(`${root}cli/src/inspector/page/${name}.js`);
const { Visits, fate, subject } = await page("visits");
const { RULES, warnings } = await page("warnings");
const { NO_VIEWS, REASONS, SOURCES, agreed } = await page("words");
const { matches } = await page("filter");
const { curl } = await page("curl");
const { parts, words } = await page("pretty");

const entries = readFileSync(`${root}tests/browser/inspector/session.ndjson`, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const told = (list) => list.reduce((visits, entry) => (visits.add(entry), visits), new Visits());

const ALL = { analytics: true, advertising: true, personalization: true, functional: true };
const NONE = { analytics: false, advertising: false, personalization: false, functional: false };

/** A visit's line, with what a test is about. */
function line({ id = "v1", events = [], components = [{ id: "a", purposes: ["analytics"], requests: [] }], ...more } = {}) {
  return {
    ...{ selvedge: "visit", visit: id, time: "2026-11-22T10:00:00Z", occasion: "page", events, components },
    request: { method: "GET", url: "http://127.0.0.1:7676/p", headers: [["user-agent", "x"]], ip: "127.0.0.1" },
    answer: { status: 200, released: "head", entered: 10 },
    visitor: { kept: true, user: { edgee_id: "u" } },
    consent: { consent: "granted", purposes: ALL, consent_source: "default" },
    budget: { subrequests: { used: 2, of: 32 }, lookups: { used: 0, of: 16 } },
    ...more,
  };
}

const event = (type, data, more = {}) => ({ uuid: crypto.randomUUID(), type, data, consent: "granted", purposes: ALL, consent_source: "default", context: { page: { url: "https://shop.example/p" } }, ...more });
const track = (name, properties) => event("track", { name, properties });
const visitOf = (...lines) => told(lines.map((line, index) => ({ at: 1000 + index, line }))).all.at(-1);

describe("from lines to visits", () => {
  test("a recorded session comes out whole, in whatever order its lines arrive", () => {
    const state = (visits) => visits.all.map(({ id, path, noViews, destinations }) => [id, path, noViews, destinations.map((each) => [each.id, fate(each), each.requests.map(({ arrived, outcomes }) => [arrived?.answer, outcomes.map(({ outcome }) => outcome)])])]).sort();
    const straight = told(entries);
    assert.equal(straight.all.length, entries.filter(({ line }) => line?.selvedge === "visit").length);
    const sent = straight.all.flatMap(({ destinations }) => destinations.flatMap(({ requests }) => requests));
    assert.ok(sent.length > 20 && sent.every(({ outcomes, arrived }) => outcomes.length === 1 && arrived), "a request without its answer or its arrival");
    const fates = new Set(straight.all.flatMap(({ destinations }) => destinations.map(fate)));
    assert.deepEqual([...fates].sort(), ["delivered", "failed", "nothing", "withheld"]);
    // Lines of a visit before the visit's own, too.
    const late = entries.filter(({ line }) => line?.selvedge === "visit");
    const mixed = told([...entries.filter((entry) => !late.includes(entry)), ...late]);
    assert.deepEqual(state(mixed), state(straight));
  });

  test("what the outbox tries again is told of the visits whose events it carries", () => {
    const request = (ids) => ({ method: "POST", url: "https://v.example/", headers: [], body: "", bytes: 0, ids, print: ids.join() });
    const [one, two] = [event("page", {}), event("page", {})];
    const component = (ids) => [{ id: "a", purposes: [], requests: [request(ids)] }];
    const visits = new Visits();
    visits.add({ at: 1, line: line({ id: "v1", events: [one], components: component([one.uuid]) }) });
    visits.add({ at: 2, line: line({ id: "v2", events: [two], components: component([two.uuid]) }) });
    for (const [visit, { uuid }] of [["v1", one], ["v2", two]]) {
      visits.add({ at: 3, line: { selvedge: "delivery", component: "a", outcome: "try-again", status: 500, ids: [uuid], visit } });
      assert.equal(fate(visits.get(visit).destinations[0]), "kept");
    }
    const both = [one.uuid, two.uuid];
    assert.equal(visits.add({ at: 4, line: { selvedge: "again", requests: [{ ...request(both), component: "a" }] } }).length, 2);
    assert.equal(fate(visits.get("v1").destinations[0]), "sent");
    visits.add({ at: 5, line: { selvedge: "delivery", component: "a", outcome: "delivered", status: 204, attempt: 2, ids: both } });
    for (const id of ["v1", "v2"]) {
      const [destination] = visits.get(id).destinations;
      assert.deepEqual([fate(destination), destination.requests.map(({ again, outcomes }) => [Boolean(again), outcomes[0].outcome])], ["delivered", [[false, "try-again"], [true, "delivered"]]]);
    }
  });

  test("a vendor may take some events of a request, and refuse others", () => {
    const [one, two] = [event("page", {}), event("page", {})];
    const ids = [one.uuid, two.uuid];
    const visits = told([{ at: 1, line: line({ events: [one, two], components: [{ id: "a", purposes: [], requests: [{ ids, print: "x", headers: [] }] }] }) }]);
    const [destination] = visits.all[0].destinations;
    const says = (outcome, id, more) => visits.add({ at: 2, line: { selvedge: "delivery", component: "a", outcome, status: 200, ids: [id], visit: "v1", ...more } });
    says("delivered", one.uuid);
    assert.equal(fate(destination), "sent", "one is not known yet");
    says("rejected", two.uuid, { said: "no such event" });
    assert.equal(fate(destination), "partial");
    assert.deepEqual(warnings(visits.all[0]).filter(({ id }) => id === "rejected").map(({ text }) => text), ["a answered no such event."]);
  });

  test("the oldest visits go, and lines of theirs are no trouble", () => {
    const visits = new Visits();
    for (let n = 0; n < 600; n++) visits.add({ at: n, line: line({ id: `v${n}`, events: [event("page", {})] }) });
    assert.deepEqual([visits.all.length, visits.all[0].id, visits.get("v99")], [500, "v100", undefined]);
    assert.deepEqual(visits.add({ at: 0, line: { selvedge: "drop", component: "a", visit: "v1", ids: [] } }), []);
    assert.deepEqual(visits.add({ at: 0, line: { selvedge: "problem", component: "a", problem: "no secret" } }), []);
    assert.equal(visits.problems.length, 1);
    visits.clear();
    assert.deepEqual([visits.all, visits.problems], [[], []]);
  });

  test("a visit is called after what happened", () => {
    assert.equal(subject(visitOf(line({ events: [event("page", {}), track("x"), track("x")] }))), "page, x ×2");
    assert.equal(subject(visitOf(line(), { selvedge: "no-view", reason: "bot", visit: "v1" })), "no view: bot");
  });
});

/** For each rule a visit that it warns of, and one like it that it does not. */
const CASES = {
  "duplicated-view": () => {
    const data = { url: "https://shop.example/p" };
    const before = visitOf(line({ id: "v0", events: [event("page", data)] }));
    const told = (occasion) => visitOf(line({ occasion, events: [event("page", data)] }));
    return [[told("post"), { before: [before] }], [told("page"), { before: [before] }], [visitOf(line({ events: [event("page", data), event("page", data)] }))]];
  },
  "no-currency": () => [[visitOf(line({ events: [track("purchase", { value: 1 })] }))], [visitOf(line({ events: [track("purchase", { value: 1, currency: "EUR" })] }))]],
  "no-value": () => [[visitOf(line({ events: [track("Order Completed", { value: "12,50" })] }))], [visitOf(line({ events: [track("Order Completed", { value: 12.5 })] }))]],
  "no-order-id": () => [[visitOf(line({ events: [track("purchase", {})] }))], [visitOf(line({ events: [track("purchase", { order_id: "1" })] }))]],
  "without-consent": () => {
    const refused = event("page", {}, { consent: "denied", purposes: NONE });
    const drop = (reason) => ({ selvedge: "drop", component: "a", reason, events: 1, ids: [refused.uuid], visit: "v1" });
    return [[visitOf(line({ events: [refused] }), drop("without-consent"))], [visitOf(line({ events: [refused] }), drop("sampled"))]];
  },
  "nobody-takes": () => {
    const one = event("user", { user_id: "u" });
    const drop = (reason) => ({ selvedge: "drop", component: "a", reason, events: 1, ids: [one.uuid], visit: "v1" });
    return [[visitOf(line({ events: [one] }), drop("event-type"))], [visitOf(line({ events: [one] }), drop("without-consent"))]];
  },
  "data-layer": () => [[visitOf(line(), { selvedge: "problem", data_layer: "line 1", visit: "v1" })], [visitOf(line(), { selvedge: "problem", script: "x", visit: "v1" })]],
  "unknown-visitor": () => {
    const visitor = { kept: false, user: {} };
    return [[visitOf(line({ events: [event("page", {})], visitor }))], [visitOf(line({ events: [event("page", {}, { purposes: NONE })], visitor }))]];
  },
  nobody: () => [[visitOf(line({ events: [event("user", {})] }))], [visitOf(line({ events: [event("user", { anonymous_id: "a" })] }))]],
  "address-in-url": () => {
    const at = (url) => [visitOf(line({ events: [event("page", {}, { context: { page: { url } } })] }))];
    return [at("https://shop.example/p?email=jane%40example.com"), at("https://jane@shop.example/p?size=2"), at("https://shop.example/p?to=jane@example.com")];
  },
  loopback: () => {
    const visit = visitOf(line({ events: [event("page", {})] }));
    return [[visit, { about: { live: true } }], [visit, { about: { live: false } }]];
  },
  rejected: () => {
    const one = event("page", {});
    const components = [{ id: "a", purposes: [], requests: [{ ids: [one.uuid], print: "x" }] }];
    const said = (outcome, status) => ({ selvedge: "delivery", component: "a", outcome, status, ids: [one.uuid], visit: "v1" });
    return [[visitOf(line({ events: [one], components }), said("rejected", 400))], [visitOf(line({ events: [one], components }), said("delivered", 204))]];
  },
  "late-release": () => [[visitOf(line({ answer: { released: "limit", entered: 600_000 } }))], [visitOf(line({ answer: { released: "end", entered: 600_000 } }))]],
  budget: () => {
    const of = (used) => [visitOf(line({ budget: { subrequests: { used, of: 32 }, lookups: { used: 0, of: 16 } } }))];
    return [of(30), of(20)];
  },
};

describe("what is worth a look", () => {
  test("every rule has its cases", () => assert.deepEqual(RULES.map(({ id }) => id).sort(), Object.keys(CASES).sort()));
  for (const { id } of RULES) {
    test(id, () => {
      const [[found, more], [fine, otherwise], third] = CASES[id]();
      const ids = (visit, context) => warnings(visit, context).map((each) => each.id);
      assert.ok(ids(found, more).includes(id), "it is not warned of");
      assert.ok(!ids(fine, otherwise).includes(id), "it is warned of where nothing is wrong");
      if (third) assert.ok(ids(...third).includes(id), "nor is this");
    });
  }
});

describe("words", () => {
  const headings = readFileSync(`${root}docs/diagnostics.md`, "utf8").split(/^# /m).slice(1);
  const under = (title) => [...headings.find((text) => text.startsWith(title)).matchAll(/^### (.+)$/gm)].map(([, word]) => word);

  test("every reason of the log is explained", () => {
    assert.deepEqual(Object.keys(NO_VIEWS).sort(), under("Why a page that was opened is not a view").sort());
    const reasons = [...under("Why an event is kept"), ...under("Why an event did not reach")];
    assert.deepEqual(Object.keys(REASONS).sort(), reasons.sort());
    assert.deepEqual(Object.keys(SOURCES), ["event", "payload", "cmp", "stored", "region", "default"]);
  });

  test("whoever agreed to some has not agreed to nothing", () => {
    assert.deepEqual([{ consent: "denied", purposes: { ...NONE, analytics: true } }, { consent: "denied", purposes: NONE }, { consent: "granted", purposes: ALL }, {}].map(agreed), ["partial", "denied", "granted", "pending"]);
  });
});

test("visits are found by what is known of them", () => {
  const { all } = told(entries);
  const found = (filter) => all.filter((visit) => matches(visit, filter)).map(({ path }) => path.split("?")[0]);
  assert.deepEqual(found({ text: "SC-10427" }), ["/thank-you.html"]);
  assert.deepEqual(found({ text: "linen added" }), ["/products/linen.html"]);
  assert.deepEqual(found({ text: "not-selected" }), ["/checkout.html"]);
  assert.equal(found({}).length, all.length);
  assert.ok(found({ consent: "denied" }).every((path) => path.includes("herringbone") || path.includes("event")));
  assert.ok(found({ destination: "mixpanel" }).length < found({ destination: "events" }).length + 1);
  assert.deepEqual(found({ text: "nowhere to be found" }), []);
});

describe("a request", () => {
  test("as a command that runs: quotes are kept, and secrets are variables", () => {
    const body = `{"a":"it's $HOME","token":"$META_TOKEN"}`;
    const headers = [["authorization", "Basic base64($HOOK:)"], ["x-key", "$META_TOKEN"]];
    const command = curl({ method: "POST", url: "https://v.example/?a=1&b='2'", headers, body }, ["META_TOKEN", "HOOK"]);
    const shown = `curl() { for each; do printf '%s\\n' "$each"; done; }; ${command}`;
    const env = { ...process.env, META_TOKEN: "m$m", HOOK: "h", HOME: "elsewhere" };
    const given = execFileSync("sh", ["-c", shown], { env, encoding: "utf8" }).trimEnd().split("\n");
    assert.deepEqual(given, ["-i", "-X", "POST", "https://v.example/?a=1&b='2'", "-u", "h:", "-H", "x-key: m$m", "--data-binary", `{"a":"it's $HOME","token":"m$m"}`]);
  });

  test("in parts: the query, JSON, lines of JSON, forms, and anything else", () => {
    const of = (body, type = "") => parts({ url: "https://v.example/?v=2", headers: [["Content-Type", type]], body });
    assert.deepEqual(of(""), [{ title: "Query", pairs: [["v", "2"]] }]);
    assert.deepEqual(of('{"a":[1]}')[1], { title: "Body", json: { a: [1] } });
    assert.deepEqual(of('{"a":1}\n{"b":2}\n').slice(1).map(({ title, json }) => [title, json]), [["Line 1", { a: 1 }], ["Line 2", { b: 2 }]]);
    assert.deepEqual(of("en=page_view\nen=x&epn.value=1").slice(1).map(({ pairs }) => pairs), [[["en", "page_view"]], [["en", "x"], ["epn.value", "1"]]]);
    assert.deepEqual(of("<xml/>")[1], { title: "Body", text: "<xml/>" });
    assert.deepEqual(of("{broken")[1], { title: "Body", text: "{broken" });
  });

  test("JSON comes out as it went in, in words of a kind each", () => {
    const value = { 'a"b': ["x: 1", -1.5e3, true, null, {}], é: "</script>" };
    const said = [...words(value)];
    assert.equal(said.map(([, text]) => text).join(""), JSON.stringify(value, null, 2));
    assert.deepEqual(said.filter(([kind]) => kind).map(([kind]) => kind), ["name", "string", "number", "word", "word", "name", "string"]);
  });
});
