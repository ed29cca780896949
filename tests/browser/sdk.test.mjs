// The SDK in a real browser: what it tells of a page, and that it tells it once, whatever happens.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Stage } from "./stage.mjs";

const GRANTED = { consent: "granted" };
const SECRET = "sw0rdf1sh";

describe("the SDK", () => {
  let stage;
  const scene = (name, play) => test(name, { timeout: 60_000 }, play);
  before(async () => (stage = await Stage.open()));
  after(() => stage?.close());

  scene("calls: every form of arguments, chained, with ids and times of their own", async () => {
    const tab = await stage.visit(stage.page("/calls", { layer: { context: { user: { user_id: "u0" } } } }));
    const start = Date.now();
    await tab.evaluate(() => {
      const circle = {};
      circle.circle = circle;
      const changed = { value: 1 };
      window.selvedge
        .page()
        .page("Named", { ga4: false })
        .page({ name: "Whole", category: "c" }, { all: false, ga4: true })
        .track("Added", changed, { ga4: false })
        .track({ name: "Whole", properties: { deep: { list: [1, "2"] } } }, { all: false })
        .track("Broken", circle)
        .user("u1", { plan: "pro" })
        .user({ user_id: "u2" })
        .user({ user_id: "u3" }, { ga4: false });
      changed.value = 2;
    });
    const events = await stage.told(8);
    assert.deepEqual(
      events.map(({ type, data, components }) => [type, data, components]),
      [
        ["page", undefined, undefined],
        ["page", { name: "Named" }, { ga4: false }],
        ["page", { name: "Whole", category: "c" }, { all: false, ga4: true }],
        ["track", { name: "Added", properties: { value: 1 } }, { ga4: false }],
        ["track", { name: "Whole", properties: { deep: { list: [1, "2"] } } }, { all: false }],
        ["user", { user_id: "u1", properties: { plan: "pro" } }, undefined],
        ["user", { user_id: "u2" }, undefined],
        ["user", { user_id: "u3" }, { ga4: false }],
      ],
    );
    for (const { uuid, timestamp, post } of events) {
      assert.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      assert.ok(timestamp >= start && timestamp <= Date.now());
      const { page, user, client } = post.context;
      assert.deepEqual([page.url, page.path, page.title, user.user_id], [`${stage.at}/calls`, "/calls", "/calls", "u0"]);
      assert.deepEqual(Object.keys(client), ["timezone", "screen_width", "screen_height", "screen_density"]);
    }
    assert.equal(new Set(events.map(({ uuid }) => uuid)).size, 8);
  });

  scene("the very first posts leave one at a time: only one of them can be a new visitor's", async () => {
    const head = "<script>for (let n = 0; n < 3; n++) selvedge.track(`T${n}`)</script>";
    const url = stage.page("/first", { stub: true, head, tag: 'data-report="all"', layer: GRANTED });
    const visit = stage.visit(url);
    stage.delay = 200;
    const tab = await visit;
    await tab.evaluate(() => void window.selvedge.track("T3").track("T4"));
    await stage.told(6);
    const [first, ...others] = stage.posts;
    assert.equal(first.cookie, undefined);
    assert.deepEqual(others.map(({ cookie }) => cookie), Array(6).fill("visitor=known"));
    for (const [n, { at }] of others.entries()) assert.ok(at - stage.posts[n].at >= 200, "two posts were under way at once");
  });

  scene("a page that is prerendered tells nothing before it is shown, and then all of it", async () => {
    const head = `<script>
      let hidden = true;
      Object.defineProperty(document, "prerendering", { get: () => hidden });
      window.show = () => { hidden = false; document.dispatchEvent(new Event("prerenderingchange")) };
    </script>`;
    const tab = await stage.visit(stage.page("/prerendered", { head, tag: 'data-report="all"' }));
    await tab.evaluate(() => void window.selvedge.track("Early"));
    await setTimeout(500);
    assert.deepEqual(stage.posts, []);
    await tab.evaluate(() => window.show());
    await stage.told(2);
    assert.deepEqual(stage.names(), ["Early", "page"]);
  });

  for (const [what, layer, given] of [
    ["under our name", '{"data_collection":{"components":{"ga4":false},"consent":"granted"}}'],
    ["under Edgee's name", '{"data_collection":{"destinations":{"ga4":false},"consent":"granted"}}', "__EDGEE_DATA_LAYER__"],
    ["under Edgee's older name", '{"data_collection":{"destinations":{"ga4":false},"consent":"granted"}}', "__EDGEE_CONTEXT__"],
    [
      "with comments",
      `// "x"
      {"data_collection": { /* no "one" * / // */
        "context": {"page": {"title": "https://a.example/*b*/ \\"// c\\\\"}}, // it's "fine"
        "components": {"ga4": false}, /**/ "consent": /***/ "granted"
      }} /* never closed`,
      undefined,
      'https://a.example/*b*/ "// c\\',
    ],
  ].map(([what, layer, id, title]) => [what, layer, { id, title }])) {
    scene(`the data layer ${what} is heard`, async () => {
      const tab = await stage.visit(stage.page("/layer", { layer, id: given.id }));
      await tab.evaluate(() => void window.selvedge.track("T"));
      const [{ post }] = await stage.told(1);
      assert.deepEqual([post.components, post.consent], [{ ga4: false }, "granted"]);
      assert.equal(post.context.page.title, given.title ?? "/layer");
    });
  }

  describe("a page whose view was withheld, because the visitor had not chosen", () => {
    const tag = 'data-report="withheld" data-navigations';
    const said = () => stage.posts.map(({ consent, withheld, events }) => [consent, withheld, events?.map(({ type }) => type)]);

    scene("tells it once, when they agree to anything, as it was", async () => {
      const tab = await stage.visit(stage.page("/withheld", { tag }));
      await tab.waitForLoadState("load");
      await setTimeout(100);
      const loaded = Date.now();
      await tab.evaluate(() => history.pushState(null, "", "/later"));
      await stage.told(1);
      const some = { analytics: true, advertising: false };
      for (const choice of ["pending", "denied", { analytics: false }, some, "granted"]) {
        await tab.evaluate((choice) => void window.selvedge.consent(choice), choice);
        await setTimeout(200);
      }
      assert.deepEqual(said(), [
        [undefined, undefined, ["page"]],
        ...["pending", "denied", { analytics: false }, some].map((choice) => [choice, undefined, undefined]),
        [some, true, ["page"]],
        ["granted", undefined, undefined],
      ]);
      const { context, events } = stage.posts[5];
      assert.equal(context.page.path, "/withheld");
      assert.ok(events[0].timestamp <= loaded);
      assert.match(events[0].uuid, /^[0-9a-f-]{36}$/);
    });

    const event = (consent) => ({ type: "track", data: { name: "Listed" }, consent });
    for (const [what, layer, told] of [
      ["lists events", { events: [event(), { type: "page" }] }, ["track", "page"]],
      ["lists none", { events: [] }, undefined],
      ["said itself that nothing was chosen", { consent: "pending" }, ["page"]],
      ["said itself what is agreed to", { consent: { analytics: true } }, undefined],
      ["said itself that nothing is agreed to", { consent: "denied" }, undefined],
      ["said it of an event", { events: [event("granted")] }, undefined],
    ]) {
      scene(`whose data layer ${what}`, async () => {
        const tab = await stage.visit(stage.page("/layered", { tag, layer }));
        await tab.waitForLoadState("load");
        await setTimeout(100);
        await tab.evaluate(() => void window.selvedge.consent("granted"));
        await stage.until(() => stage.posts.some(({ withheld, consent }) => (told ? withheld : consent === "granted")));
        assert.deepEqual(said().filter(([, withheld]) => withheld), told ? [["granted", true, told]] : []);
      });
    }

    scene("of which they were quicker than the page", async () => {
      const head = '<script>selvedge.consent("granted")</script>';
      await stage.visit(stage.page("/quick", { tag, stub: true, head }));
      await stage.told(1);
      assert.deepEqual(said(), [["granted", undefined, undefined], ["granted", true, ["page"]]]);
    });

    scene("and who is somebody else by now", async () => {
      const tab = await stage.visit(stage.page("/other", { tag }));
      await tab.waitForLoadState("load");
      await setTimeout(100);
      await tab.evaluate(() => void window.selvedge.reset().consent("granted"));
      await setTimeout(500);
      assert.deepEqual(said(), [[undefined, undefined, undefined], ["granted", undefined, undefined]]);
    });

    scene("and that the browser had kept: that view is told when it is shown, and not again", async () => {
      stage.page("/between");
      const url = stage.page("/cached", { tag, headers: { "cache-control": "max-age=600" } });
      const tab = await stage.visit(url);
      await stage.goto(tab, `${stage.at}/between`);
      await tab.evaluate(() => void (location.href = "/cached"));
      await tab.waitForURL("**/cached");
      await stage.loaded(tab);
      await stage.told(1);
      await tab.evaluate(() => void window.selvedge.consent("granted"));
      await setTimeout(500);
      assert.deepEqual(said(), [[undefined, undefined, ["page"]], ["granted", undefined, undefined]]);
    });
  });

  scene("without TLS there are ids all the same", async () => {
    stage.page("/plain");
    // 0.0.0.0 is no secure context, unlike localhost.
    const tab = await stage.visit(`${stage.at.replace("localhost", "0.0.0.0")}/plain`);
    assert.equal(await tab.evaluate(() => isSecureContext), false);
    await tab.evaluate(() => void window.selvedge.track("A").track("B"));
    const [a, b] = await stage.told(2);
    assert.match(a.uuid, /^[0-9a-f-]{36}$/);
    assert.notEqual(a.uuid, b.uuid);
  });

  scene("the stub: what was called before counts, in its order, before the page's own view and consent", async () => {
    const head = `<script>
      const kept = window.selvedge; const { track } = kept;
      selvedge.consent("denied").track("First", { n: 1 }).user("u1").page("Second");
      addEventListener("selvedge:loaded", () => { track("Third"); kept.track("Fourth"); window.same = kept === window.selvedge });
    </script>`;
    const url = stage.page("/stub", { stub: true, head, tag: 'data-report="view"', layer: GRANTED });
    const tab = await stage.visit(url);
    await stage.told(6);
    assert.deepEqual(stage.names(), ["First", "user", "page", "page", "Third", "Fourth"]);
    assert.deepEqual(stage.posts.map(({ consent }) => consent), Array(7).fill("denied"));
    assert.equal(await tab.evaluate(() => window.same), true);
  });

  scene("an object of somebody else's with the same name is left alone", async () => {
    const url = stage.page("/theirs", { head: "<script>window.selvedge = { theirs: true }</script>" });
    const tab = await stage.visit(url);
    await tab.waitForLoadState("load");
    assert.deepEqual(await tab.evaluate(() => window.selvedge), { theirs: true });
    assert.deepEqual(tab.errors, []);
  });

  scene("the package: one handle, before the SDK has loaded and after", async () => {
    const head = `<script type=module>
      import { selvedge } from "/package.js";
      selvedge.track("Early").page("Named");
      window.handle = selvedge;
    </script>`;
    const tab = await stage.visit(stage.page("/package", { head }));
    await tab.evaluate(() => void window.handle.track("Later").track("Last"));
    await stage.told(4);
    assert.deepEqual(stage.names(), ["Early", "page", "Later", "Last"]);
  });

  scene("what was told just before the page was left arrives, and once", async () => {
    const url = stage.page("/leave");
    stage.page("/next");
    const tab = await stage.visit(url);
    await tab.evaluate(() => {
      for (let n = 0; n < 20; n++) window.selvedge.track(`T${n}`, { text: "é".repeat(100) });
      location.href = "/next";
    });
    await tab.waitForURL("**/next");
    await stage.told(20);
    assert.deepEqual(stage.names().sort(), Array.from({ length: 20 }, (_, n) => `T${n}`).sort());
    assert.equal(await tab.evaluate(() => localStorage.length), 0, "something was kept without consent");
  });

  scene("more than what may outlive a page is sent by the next one", async () => {
    const url = stage.page("/much", { layer: GRANTED });
    stage.page("/without", { sdk: false });
    const tab = await stage.visit(url);
    await tab.evaluate(() => {
      for (let n = 0; n < 30; n++) window.selvedge.track(`T${n}`, { text: "é".repeat(2500) });
      location.href = "/without";
    });
    await tab.waitForURL("**/without");
    await setTimeout(500);
    const sent = stage.names().length;
    assert.ok(sent >= 8 && sent < 30, `${sent} outlived the page`);
    await stage.goto(tab, url);
    await stage.told(30);
    assert.deepEqual(stage.names().sort(), Array.from({ length: 30 }, (_, n) => `T${n}`).sort());
  });

  for (const api of ["Navigation API", "none"]) {
    scene(`single-page applications, with ${api}: every changed address is one view`, async () => {
      const layer = { context: { page: { title: "Written", name: "first" } }, components: { ga4: false } };
      const head = api === "none" ? "<script>delete window.navigation; delete Window.prototype.navigation</script>" : "";
      const url = stage.page("/app", { tag: "data-navigations", layer, head: `${head}<link rel=canonical href="/canon">` });
      const tab = await stage.visit(url);
      assert.equal(await tab.evaluate(() => typeof window.navigation), api === "none" ? "undefined" : "object");
      const goes = async (how, ...given) => {
        await tab.evaluate(how, ...given);
        await setTimeout(500);
      };
      const route = (to) => {
        history.pushState(null, "", to);
        setTimeout(() => (document.title = `Title of ${to}`), 20);
      };
      await tab.evaluate(() => void window.selvedge.track("Before"));
      await goes(route, "/a?x=1");
      await goes(() => history.replaceState({ other: "state" }, "", location.href));
      await goes(() => history.pushState(null, "", "#place"));
      await goes(() => history.pushState(null, "", "/b") || history.replaceState(null, "", "/c"));
      await goes(() => history.go(-1));
      await goes(() => history.pushState(null, "", "/there") || history.pushState(null, "", "/a?x=1"));
      await goes(() => void (location.hash = "#/route"));
      await tab.evaluate(() => void window.selvedge.track("After"));
      const views = stage.names().includes("After") ? stage.events() : await stage.told(6);
      const said = views.map(({ type, data, post: { context, components } }) => {
        const { url, referrer, title, name } = context.page;
        assert.deepEqual(components, { ga4: false });
        return [data?.name ?? type, url.replace(stage.at, ""), referrer.replace(stage.at, ""), title, name];
      });
      const title = "Title of /a?x=1";
      assert.deepEqual(said, [
        ["Before", "/canon", "", "Written", "first"],
        ["page", "/a?x=1", "/app", title, undefined],
        ["page", "/c", "/a?x=1", title, undefined],
        ["page", "/a?x=1", "/c", title, undefined],
        ["page", "/a?x=1#/route", "/a?x=1", title, undefined],
        ["After", "/a?x=1#/route", "/a?x=1", title, undefined],
      ]);
    });

    scene(`an application that tells its views itself, with ${api}: they are not told twice`, async () => {
      const head = api === "none" ? "<script>delete window.navigation; delete Window.prototype.navigation</script>" : "";
      const tab = await stage.visit(stage.page("/own", { tag: "data-navigations", head }));
      await tab.evaluate(() => history.pushState(null, "", "/at-once") || void window.selvedge.page("At once"));
      await setTimeout(500);
      await tab.evaluate(() => history.pushState(null, "", "/late") || void setTimeout(() => window.selvedge.page("Late"), 600));
      await setTimeout(1000);
      await tab.evaluate(() => void window.selvedge.page({ url: "https://virtual.example/" }).page("Again"));
      const events = await stage.told(4);
      assert.deepEqual(
        events.map(({ data }) => data?.name ?? data?.url),
        ["At once", undefined, "https://virtual.example/", "Again"],
      );
    });
  }

  scene("a view that waits for its title does not wait when the page is left", async () => {
    stage.page("/next");
    const tab = await stage.visit(stage.page("/hasty", { tag: "data-navigations" }));
    await tab.evaluate(() => history.pushState(null, "", "/shown") || void (location.href = "/next"));
    const [view] = await stage.told(1);
    assert.equal(view.post.context.page.path, "/shown");
  });

  scene("back and forward: the page that comes back alive tells what it has to tell, and no view", async () => {
    stage.page("/next");
    const url = stage.page("/back", { tag: 'data-report="view" data-navigations data-engagement' });
    const tab = await stage.visit(url);
    await setTimeout(1200);
    await stage.goto(tab, `${stage.at}/next`);
    await tab.evaluate(() => void setTimeout(() => history.back()));
    await tab.waitForFunction(() => location.pathname === "/back" && window.restored);
    await tab.evaluate(() => void window.selvedge.track("Alive"));
    await setTimeout(1500);
    await tab.goto(`${stage.at}/next`);
    const events = await stage.told(4);
    assert.deepEqual(stage.names(), ["page", "user_engagement", "Alive", "user_engagement"]);
    for (const { data } of events.filter(({ data }) => data?.name === "user_engagement")) {
      assert.ok(data.properties.engagement_time_msec >= 1000 && data.properties.engagement_time_msec < 4000);
    }
  });

  scene("engagement is of the page that was looked at", async () => {
    const tab = await stage.visit(stage.page("/read", { tag: "data-navigations data-engagement", title: "Read" }));
    await setTimeout(1200);
    await tab.evaluate(() => history.pushState(null, "", "/glanced") || void (document.title = "Glanced"));
    await setTimeout(400);
    await tab.evaluate(() => history.pushState(null, "", "/last"));
    await setTimeout(1300);
    await tab.goto("about:blank");
    const events = await stage.told(4);
    assert.deepEqual(
      events.map(({ type, data, post }) => [data?.name ?? type, post.context.page.path]),
      [["user_engagement", "/read"], ["page", "/glanced"], ["page", "/last"], ["user_engagement", "/last"]],
    );
    assert.equal(events[0].post.context.page.title, "Read");
  });

  scene("a network that fails: it arrives later, once, in its order, with its own id and time", async () => {
    const tab = await stage.visit(stage.page("/fails"));
    await tab.context().route("**/_selvedge/event", (route) => route.abort());
    const before = Date.now();
    await tab.evaluate(() => void window.selvedge.track("One").track("Two"));
    await setTimeout(400);
    const after = Date.now();
    await tab.context().unroute("**/_selvedge/event");
    const events = await stage.told(2);
    assert.deepEqual(stage.names(), ["One", "Two"]);
    for (const { timestamp, post } of events) assert.ok(timestamp >= before && timestamp <= after && post.at > after);
  });

  scene("an edge that is not well is asked again, one that refuses is not", async () => {
    const tab = await stage.visit(stage.page("/unwell"));
    for (const status of [503, 429]) {
      stage.status = status;
      await tab.evaluate((status) => void window.selvedge.track(`After ${status}`), status);
      await setTimeout(300);
      stage.status = 202;
      await stage.until(() => stage.names().includes(`After ${status}`));
    }
    stage.status = 400;
    await tab.evaluate(() => void window.selvedge.track("Refused"));
    await setTimeout(300);
    stage.status = 202;
    await setTimeout(2500);
    assert.deepEqual(stage.names(), ["After 503", "After 429"]);
  });

  for (const [said, layer, kept] of [
    ["agreed", GRANTED, true],
    ["agreed to analytics", { consent: { analytics: true, advertising: false } }, true],
    ["agreed to something else", { consent: { analytics: false, functional: true } }, false],
    ["said nothing", undefined, false],
  ]) {
    scene(`offline: a visitor who ${said} ${kept ? "is told of" : "has nothing kept"} by the next page`, async () => {
      const url = stage.page("/offline", { layer });
      const tab = await stage.visit(url);
      stage.posts = [];
      await tab.context().setOffline(true);
      await tab.evaluate(() => void window.selvedge.track("Far out", { n: 1 }));
      const known = Date.now();
      await setTimeout(300);
      // A browser that is closed may forget what its page had just written.
      await tab.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
      await setTimeout(300);
      await tab.close();
      await tab.context().setOffline(false);
      assert.deepEqual(stage.names(), []);
      const [next, another] = await Promise.all([tab.context().newPage(), tab.context().newPage()]);
      await Promise.all([stage.goto(next, url), stage.goto(another, url)]);
      const events = await stage.told(kept ? 1 : 0);
      // Two pages of different processes may look at the same moment. Receivers know what they tell by its id.
      assert.equal(new Set(events.map(({ uuid }) => uuid)).size, kept ? 1 : 0);
      if (kept) assert.ok(events[0].timestamp <= known);
      assert.equal(await next.evaluate(() => localStorage.length), 0);
    });
  }

  scene("what was agreed to on an earlier page may have been refused since", async () => {
    const tab = await stage.visit(stage.page("/agreed", { layer: GRANTED }));
    await tab.context().setOffline(true);
    await tab.evaluate(() => void window.selvedge.track("Kept"));
    await setTimeout(300);
    await tab.close();
    for (const [layer, consent] of [[{ consent: "denied" }, "denied"], [{}, undefined]]) {
      const next = await tab.context().newPage();
      await tab.context().setOffline(false);
      stage.posts = [];
      // The first of the two pages has sent it; the second one finds another.
      const kept = [{ events: [{ type: "track", data: { name: "Kept" } }], consent: "granted", kept: true }];
      if (!consent) await next.addInitScript((kept) => (localStorage.selvedge ??= kept), JSON.stringify(kept));
      await stage.goto(next, stage.page("/since", { layer }));
      const events = await stage.told(1);
      assert.deepEqual(events.map(({ post }) => post.consent), [consent]);
      await next.close();
    }
  });

  scene("offline and back: the page itself tells it", async () => {
    const tab = await stage.visit(stage.page("/tunnel", { layer: GRANTED }));
    stage.posts = [];
    await tab.context().setOffline(true);
    await tab.evaluate(() => void window.selvedge.track("In the tunnel"));
    await setTimeout(300);
    await tab.context().setOffline(false);
    await stage.told(1);
    assert.deepEqual(stage.names(), ["In the tunnel"]);
  });

  scene("what is kept is bounded, and too old is forgotten", async () => {
    const url = stage.page("/bounds", { layer: GRANTED });
    const tab = await stage.visit(url);
    await tab.context().setOffline(true);
    await tab.evaluate(() => {
      for (let n = 0; n < 80; n++) window.selvedge.track(`T${n}`);
    });
    await setTimeout(300);
    await tab.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    const kept = await tab.evaluate(() => JSON.parse(localStorage.selvedge));
    assert.equal(kept.length, 50);
    assert.equal(kept[49].events[0].data.name, "T79");
    await tab.evaluate(() => {
      const kept = JSON.parse(localStorage.selvedge).slice(0, 2);
      kept[0].events[0].timestamp -= 73 * 36e5;
      localStorage.selvedge = JSON.stringify(kept);
    });
    stage.posts = [];
    await tab.context().setOffline(false);
    await stage.told(1);
    assert.deepEqual(stage.names().filter((name) => name === "T30"), []);
    assert.ok(stage.names().includes("T31"));
  });

  scene("consent that is withdrawn before events could be sent holds for them, and is itself never lost", async () => {
    const url = stage.page("/withdrawn", { layer: GRANTED });
    const tab = await stage.visit(url);
    await stage.until(() => stage.posts.length > 0);
    stage.posts = [];
    await tab.context().setOffline(true);
    await tab.evaluate(() => void window.selvedge.track("Agreed"));
    await setTimeout(300);
    await tab.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    assert.equal(await tab.evaluate(() => localStorage.length), 1);
    await tab.evaluate(() => void window.selvedge.consent("granted").consent("denied").track("Refused"));
    await setTimeout(300);
    await tab.close();
    const next = await tab.context().newPage();
    await tab.context().setOffline(false);
    await stage.goto(next, stage.page("/elsewhere"));
    await stage.until(() => stage.posts.length > 0);
    // A tab that closes may still get through with what it had to say; what it may not say is what was agreed to before.
    assert.deepEqual([...new Set(stage.posts.map(({ consent }) => consent))], ["denied"]);
    assert.ok(stage.posts.some(({ events }) => events === undefined), "the choice by itself");
    assert.ok(!stage.names().includes("Agreed"));
  });

  scene("consent that is withdrawn while the network fails holds for what waits", async () => {
    const tab = await stage.visit(stage.page("/midway", { layer: { consent: "granted" } }));
    await stage.until(() => stage.posts.length > 0);
    stage.posts = [];
    await tab.context().route("**/_selvedge/event", (route) => route.abort());
    await tab.evaluate(() => void window.selvedge.track("Before"));
    await setTimeout(200);
    await tab.evaluate(() => void window.selvedge.consent({ analytics: false, functional: true }).track("After"));
    await tab.context().unroute("**/_selvedge/event");
    await stage.told(2);
    const said = { analytics: false, functional: true };
    assert.deepEqual(
      stage.posts.map(({ events, consent }) => [events?.[0].data.name, consent]),
      [["Before", said], [undefined, said], ["After", said]],
    );
  });

  scene("reset: the visitor is somebody else, and whoever the page named is gone", async () => {
    const layer = { consent: "granted", context: { user: { user_id: "u1" } } };
    const tab = await stage.visit(stage.page("/reset", { layer }));
    await tab.evaluate(() => void window.selvedge.consent("denied").track("Before").reset().track("After"));
    await stage.told(2);
    assert.deepEqual(
      stage.posts.map(({ events, consent, reset, context }) => [events?.[0].data.name, consent, reset, context?.user?.user_id]),
      [
        [undefined, "granted", undefined, undefined],
        [undefined, "denied", undefined, undefined],
        ["Before", "denied", undefined, "u1"],
        [undefined, undefined, true, undefined],
        ["After", "granted", undefined, undefined],
      ],
    );
  });

  scene("a policy that admits no inline script: the SDK works, and violates nothing", async () => {
    const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; report-uri /csp";
    const tag = 'data-navigations data-engagement data-capture="click form scroll outbound download" data-link="127.0.0.1"';
    const url = stage.page("/strict", { tag, headers: { "content-security-policy": policy }, body: "<a href=#x>x</a>" });
    const tab = await stage.visit(url);
    await tab.evaluate(() => void window.selvedge.track("Strict"));
    await tab.click("a");
    await tab.goto("about:blank");
    await stage.told(2);
    assert.deepEqual(stage.names(), ["Strict", "click"]);
    assert.deepEqual([stage.violations, tab.errors], [[], []]);
  });

  scene("capture: what was clicked, sent, scrolled to; what was typed, never", async () => {
    const body = `<form id=f name=order action="/done?token=${SECRET}" onsubmit="return false">
        <input name=id value="${SECRET}"><input type=password name=p><textarea name=t>${SECRET}</textarea>
        <input type=submit value="${SECRET}" aria-label="Send it" class="big red"></form>
      <div contenteditable id=edit><b role=button>${SECRET}</b></div>
      <a id=in class="c d" href="/inside?q=${SECRET}#${SECRET}">  In   here <i>now</i></a>
      <a id=editing href="#e"><span contenteditable>${SECRET}</span></a>
      <a id=out href="${stage.other}/away?q=${SECRET}" target=t>Out</a>
      <a id=file href="/files/Report.PDF?t=${SECRET}" target=t>Report</a>
      <a id=mail href="mailto:${SECRET}@example.com">Mail</a>
      <p data-selvedge-ignore><button id=no1>No</button></p><p class=edgee-no-autocapture><button id=no2>No</button></p>
      <button id=yes>${"long ".repeat(40)}</button><div style="height:4000px"></div>
      <script>addEventListener("click", (e) => e.target.closest("a") && e.preventDefault())</script>`;
    const tag = 'data-capture="click form scroll outbound download"';
    const tab = await stage.visit(stage.page("/capture", { tag, body }));
    for (const field of ["[name=id]", "[type=password]", "textarea"]) await tab.fill(field, SECRET);
    await tab.click("#edit b");
    await tab.keyboard.type(SECRET);
    for (const id of ["in", "editing", "out", "file", "mail", "no1", "no2", "yes"]) await tab.click(`#${id}`);
    await tab.click("[type=submit]");
    await tab.evaluate(() => scrollTo(0, 1500));
    await setTimeout(200);
    await tab.evaluate(() => scrollTo(0, 9999));
    await setTimeout(200);
    await tab.evaluate(() => scrollTo(0, 0));
    await stage.told(12);
    const [at, away] = [stage.at, stage.other];
    const link = (id, text, path, more) => ({
      ...{ link_id: id, link_text: text, link_url: path, link_domain: new URL(path).hostname, ...more },
    });
    assert.deepEqual(
      stage.events().map(({ data }) => [data.name, data.properties]),
      [
        ["click", link("in", "In here now", `${at}/inside`, { link_classes: "c d" })],
        ["click", link("editing", "", `${at}/capture`)],
        ["click", link("out", "Out", `${away}/away`, { outbound: true })],
        ["file_download", link("file", "Report", `${at}/files/Report.PDF`, { file_extension: "PDF", file_name: "/files/Report.PDF" })],
        ["click", { link_id: "mail", link_text: "Mail" }],
        ["click", { button_id: "yes", button_text: "long ".repeat(20) }],
        ["click", { button_classes: "big red", button_text: "Send it" }],
        ["form_submit", { form_id: "f", form_name: "order", form_destination: `${at}/done` }],
        ...[25, 50, 75, 90].map((percent_scrolled) => ["scroll", { percent_scrolled }]),
      ],
    );
    assert.ok(!stage.wire.includes(SECRET), "something that was typed has left");
    assert.deepEqual(tab.errors, []);
  });

  scene("capture is what was asked for, and nothing else", async () => {
    const body = `<a id=out href="${stage.other}/x">Out</a><a id=in href="#a">In</a><button>B</button>
      <script>addEventListener("click", (e) => e.preventDefault())</script>`;
    const only = async (tag) => {
      const tab = await stage.visit(stage.page("/only", { tag, body }));
      for (const target of ["#out", "#in", "button"]) await tab.click(target);
      await stage.told(tag.endsWith("outbound\"") ? 1 : 0);
      return stage.events().map(({ data }) => [data.name, data.properties.link_id, data.properties.outbound]);
    };
    assert.deepEqual(await only(""), []);
    assert.deepEqual(await only('data-capture="scroll"'), []);
    assert.deepEqual(await only('data-capture="outbound"'), [["click", "out", true]]);
    assert.deepEqual(await only('data-capture="outbound" data-link="127.0.0.1"'), []);
  });

  scene("links to the owner's other domains go by the edge, and what they carry is not left in the address", async () => {
    stage.page("/arrived", { tag: "data-navigations" });
    const body = `<a id=own href="${stage.other}/arrived">Own</a><a id=in href="#x">In</a>
      <script>document.getElementById("own").addEventListener("click", (e) => (window.seen = e.currentTarget.href))</script>`;
    const tab = await stage.visit(stage.page("/from", { tag: 'data-link="*.example.com 127.0.0.1"', body }));
    const href = () => tab.getAttribute("#own", "href");
    await tab.evaluate(() => document.getElementById("own").addEventListener("click", (e) => e.preventDefault(), { once: true }));
    await tab.click("#own");
    await setTimeout(100);
    assert.equal(tab.url(), `${stage.at}/from`);
    assert.equal(await href(), `${stage.other}/arrived`);
    const [popup] = await Promise.all([tab.context().waitForEvent("page"), tab.click("#own", { modifiers: ["ControlOrMeta"] })]);
    await popup.waitForURL("**/arrived**");
    assert.equal(await href(), `${stage.other}/arrived`, "the page keeps another address than it was written with");
    assert.equal(await tab.evaluate(() => window.seen), `${stage.other}/arrived`);
    await tab.click("#own");
    await tab.waitForURL("**/arrived?a=1&b=2#there");
    await stage.loaded(tab);
    assert.ok(stage.wire.includes(`/_selvedge/link?to=${encodeURIComponent(`${stage.other}/arrived`)}`));
    assert.deepEqual(await stage.told(0), [], "tidying the address was taken for a navigation");
    for (const [before, after] of [["?_sv=1", ""], ["?_sv=1#h", "#h"], ["?a=1&_sv=x", "?a=1"], ["?_sv=1&a=%20+", "?a=%20+"]]) {
      await stage.goto(tab, `${stage.at}/arrived${before}`);
      assert.equal(tab.url(), `${stage.at}/arrived${after}`);
    }
  });
});
