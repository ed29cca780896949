// What the visitor agreed to holds for what is told of them, whenever they did.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout } from "node:timers/promises";
import { staged } from "./stage.mjs";

const GRANTED = { consent: "granted" };

staged("consent", (stage, scene) => {
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
});
