// What is called, and what the page says, is told: in its order, once, by whichever copy of the SDK was called.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { staged } from "./stage.mjs";

const GRANTED = { consent: "granted" };

staged("calls and events", (stage, scene) => {
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
});
