// Which views are told of a page, and for how long it was looked at.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { staged } from "./stage.mjs";

staged("views and engagement", (stage, scene) => {
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
});
