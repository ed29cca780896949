// The demo shop in a real browser, through a platform's emulator: what a visitor sees, and what the destinations are told.

import assert from "node:assert/strict";
import { mkdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dev, root } from "./dev.mjs";
import { page, track, user } from "./told.mjs";
import { launch, visit } from "./visitor.mjs";

const HOME = "Selvage & Co. – cloth with a clean edge";
const titled = (title) => `${title} – Selvage & Co.`;
/** The home page's canonical address. */
const SHOP = "https://shop.example.com/";
const LINEN = "/products/linen.html";
const HERRINGBONE = "/products/herringbone.html";
const THREAD = "/products/thread.html";
const LATIN1 = titled("Du lin à l'étoffe");

const viewed = {
  home: (from) => [page(HOME, SHOP, from)],
  linen: (from) => [page(titled("Undyed linen"), LINEN, from), track("Product Viewed", "24 EUR SV-LIN-200×1", LINEN)],
  herringbone: (from) => [
    page(titled("Herringbone wool"), `${SHOP}products/herringbone.html`, from),
    track("Product Viewed", "48.5 EUR SV-WOL-310×1", `${SHOP}products/herringbone.html`),
  ],
  thread: (from) => [
    page(titled("Linen thread, set of six"), THREAD, from),
    track("Product Viewed", "14.5 EUR SV-THR-006×1", THREAD),
  ],
};

/** How a page has another fetched ahead of time. */
const AHEAD = {
  "a link": (href) => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "prefetch", as: "document", href }));
  },
  "a speculation rule": (url) => {
    const textContent = JSON.stringify({ prefetch: [{ source: "list", urls: [url], eagerness: "immediate" }] });
    document.head.append(Object.assign(document.createElement("script"), { type: "speculationrules", textContent }));
  },
};

export function suite(platform) {
  describe(platform, () => {
    let running;
    let browser;
    const scene = (name, play) => test(name, { timeout: 90_000 }, play);
    const visitor = (name, options) => visit(browser, running, name, options);

    before(async () => {
      [running, browser] = await Promise.all([dev(platform), launch()]);
    });
    after(async () => {
      await browser?.close();
      await running?.end();
    });

    scene("a walk through the shop, from the first page to an order and an account", async () => {
      const ada = await visitor("ada");
      await ada.types("/", { title: HOME });
      await ada.tells(...viewed.home());
      await picture(ada, "home");

      await ada.clicks(`.cloths a[href="${LINEN}"]`, LINEN, { title: titled("Undyed linen") });
      await ada.tells(...viewed.linen("/"));
      await picture(ada, "product");
      await ada.tab.fill("#quantity", "2");
      await ada.posts(() => ada.tab.click("text=Add to cart"));
      await ada.tells(track("Product Added", "48 EUR SV-LIN-200×2", LINEN));

      await ada.clicks("text=See your cart", "/cart.html", { title: titled("Your cart") });
      assert.equal(await ada.tab.textContent("[data-total]"), "€52.90");
      await ada.tells(page(titled("Your cart"), "/cart.html", LINEN));

      await ada.clicks("text=Check out", "/checkout.html", { title: titled("Checkout") });
      await ada.tells(
        page(titled("Checkout"), "/checkout.html", "/cart.html"),
        track("Checkout Started", "EUR", "/checkout.html"),
      );

      await fill(ada, { name: "Ada Byron", email: "ada@example.com", street: "1 Rue du Lin", postcode: "69001", city: "Lyon" });
      const thanks = await ada.clicks("text=Place the order", "/thank-you.html", { title: titled("Thank you") });
      const form = thanks.request().redirectedFrom();
      assert.deepEqual([form.method(), (await form.response()).status()], ["POST", 303]);
      await ada.tells(
        page(titled("Thank you"), "/thank-you.html", "/checkout.html"),
        track("Order Completed", "67.4 EUR SV-LIN-200×2 SV-THR-006×1", "/thank-you.html"),
      );

      await ada.clicks("text=Journal", "/blog/index.html", { title: titled("Journal") });
      await ada.tells(page(titled("Journal"), `${SHOP}blog/`, "/thank-you.html"));

      await ada.clicks('h2 a[href="/blog/latin1.html"]', "/blog/latin1.html", { title: LATIN1 });
      assert.equal(await ada.tab.textContent("h1"), "Du lin à l'étoffe");
      assert.equal(await ada.tab.textContent(".byline"), "Hélène Lefèvre, 21 juin 2025");
      await ada.tells(page(LATIN1, "/blog/latin1.html", "/blog/index.html"));

      const strict = await ada.clicks("text=A strict page", "/strict-csp.html", { title: titled("A strict page") });
      const [, nonce] = strict.headers()["content-security-policy"].match(/'nonce-([^']+)'/);
      assert.equal(await ada.asks(() => document.getElementById("__SELVEDGE_SDK__").nonce), nonce);
      const stub = () => document.getElementById("__SELVEDGE_SDK__").previousElementSibling;
      assert.match(await ada.asks(`(${stub})().textContent`), /window\.selvedge/);
      assert.equal(await ada.asks(`(${stub})().nonce`), nonce);
      const checks = await ada.tab.locator("[data-check]").allTextContents();
      assert.deepEqual(checks, ["In force", "Ran", "Ran", "Loaded"]);
      await ada.posts(() => ada.asks(() => void window.selvedge.track("Strict", { value: 1, currency: "EUR" })));
      await ada.tells(
        page(titled("A strict page"), "/strict-csp.html", "/blog/latin1.html"),
        track("Strict", "1 EUR", "/strict-csp.html"),
      );

      // Its data layer says that there is nothing to report.
      await ada.clicks("text=Account", "/account.html", { title: titled("Sign in") });
      await ada.tells();

      await fill(ada, { email: "ada@example.com", password: "difference" });
      await ada.clicks("main >> button", "/welcome.html", { title: titled("Welcome back") });
      await ada.tells(user("cust-2291"), page(titled("Welcome back"), "/welcome.html", "/account.html"));

      await ada.types("/no/such/page", { title: titled("Not on the shelf"), status: 404 });
      await ada.tells(page(titled("Not on the shelf"), "/no/such/page"));
      await ada.leaves();

      await oneVisitor(ada);
      said(ada);
    });

    scene("without scripts, pages are viewed all the same", async () => {
      const bob = await visitor("bob", { javaScriptEnabled: false });
      await bob.types("/", { title: HOME, scripts: false });
      await bob.tells(...viewed.home());
      await bob.clicks(`.cloths a[href="${LINEN}"]`, LINEN, { scripts: false });
      await bob.tells(...viewed.linen("/"));
      await bob.leaves();
      await oneVisitor(bob);
    });

    scene("a program sees the same pages, and is no visitor", async () => {
      const agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/156.0.0.0 Safari/537.36";
      const bot = await visitor("bot", { agent });
      await bot.types("/", { title: HOME });
      await bot.clicks(`.cloths a[href="${LINEN}"]`, LINEN);
      await bot.tells();
      assert.deepEqual(await bot.context.cookies(), []);
      await bot.leaves();
    });

    scene("consent: refused, nothing is told and nobody known; given again, both are", async () => {
      const eve = await visitor("eve");
      await eve.types("/");
      await eve.tells(...viewed.home());
      assert.ok(await eve.cookie("selvedge"), "a visitor without an identity");

      await eve.posts(() => eve.tab.click("text=Only necessary"));
      assert.equal(await eve.tab.locator(".consent").count(), 0, "the bar is still there");
      assert.equal(await eve.cookie("selvedge"), undefined);
      assert.match(await eve.cookie("selvedge_consent"), /^denied\.\d+$/);
      await eve.clicks(`.cloths a[href="${LINEN}"]`, LINEN);
      await eve.posts(() => eve.tab.click("text=Add to cart"));
      await eve.clicks("text=See your cart", "/cart.html");
      await eve.tells();
      assert.equal(await eve.cookie("selvedge"), undefined);

      await eve.tab.click("text=Privacy choice");
      await eve.posts(() => eve.tab.click("text=Accept"));
      assert.match(await eve.cookie("selvedge_consent"), /^granted\.\d+$/);
      await eve.tells();
      await eve.clicks('footer a[href="/products/thread.html"]', THREAD);
      await eve.tells(...viewed.thread("/cart.html"));
      await eve.posts(() => eve.tab.click("text=Add to cart"));
      await eve.tells(track("Product Added", "14.5 EUR SV-THR-006×1", THREAD));
      await eve.leaves();

      const [first, ...later] = eve.told("events").map(({ event }) => event);
      assert.deepEqual([first.consent, first.consent_source], ["granted", "default"]);
      for (const event of later) {
        assert.deepEqual([event.consent, event.consent_source], ["granted", "stored"]);
        assert.notEqual(event.context.user.edgee_id, first.context.user.edgee_id, "known from before the refusal");
      }
      await oneVisitor(eve, 1);
    });

    scene("a choice that is made before the SDK has loaded counts", async () => {
      const max = await visitor("max");
      let send;
      const wanted = new Promise((resolve) => (send = resolve));
      await max.context.route("**/_selvedge/sdk.*.js", (route) => wanted.then(() => route.continue()));
      await max.tab.goto(`${running.edge}/`, { waitUntil: "commit" });
      await max.tab.click("text=Only necessary");
      await max.posts(send);
      assert.match(await max.cookie("selvedge_consent"), /^denied\.\d+$/);
      await max.tells(...viewed.home());
      await max.clicks(`.cloths a[href="${LINEN}"]`, LINEN);
      await max.leaves();
    });

    scene("back and forward: pages that the browser kept alive are shown without a new view", async () => {
      const joe = await visitor("joe");
      await joe.types("/");
      await joe.clicks(`.cloths a[href="${LINEN}"]`, LINEN);
      await joe.tells(...viewed.home(), ...viewed.linen("/"));
      await joe.posts(() => joe.tab.click("text=Add to cart"));
      await joe.tells(track("Product Added", "24 EUR SV-LIN-200×1", LINEN));
      await joe.restores("back", "/");
      await joe.restores("forward", LINEN);
      await joe.tells();
      await joe.posts(() => joe.tab.click("text=Add to cart"));
      await joe.tells(track("Product Added", "24 EUR SV-LIN-200×1", LINEN));
      await joe.leaves();
      await oneVisitor(joe);
    });

    scene("a page that the browser has kept is viewed again, whether the website is asked for it or not", async () => {
      const ida = await visitor("ida");
      // Browsers keep for a while what has not changed for long.
      const file = join(root, "demo/shop/products/herringbone.html");
      const { atime, mtime } = statSync(file);
      utimesSync(file, atime, new Date("2026-01-01"));
      try {
        await ida.types(HERRINGBONE);
        await ida.tells(...viewed.herringbone());
        await ida.clicks("text=Account", "/account.html");
        await ida.tells();
        await ida.types(HERRINGBONE);
        assert.equal(await ida.received(), "nothing", "the page was asked for");
        await ida.tells(...viewed.herringbone());
        // Told 304, the edge does not see the page: that view is the browser's to report.
        await ida.opens(HERRINGBONE, () => ida.tab.reload(), { passed: "status" });
        assert.equal(await ida.received(), "that it has not changed");
        await ida.tells(...viewed.herringbone());
      } finally {
        utimesSync(file, atime, mtime);
      }
      await ida.leaves();
      await oneVisitor(ida);
    });

    for (const [how, ahead] of Object.entries(AHEAD)) {
      scene(`a page that was fetched ahead of time is viewed when it is shown, and once: ${how}`, async () => {
        const kim = await visitor(how.replaceAll(" ", "-"));
        await kim.types("/");
        await kim.tells(...viewed.home());
        await Promise.all([
          kim.tab.waitForEvent("requestfinished", (request) => request.url().endsWith(HERRINGBONE)),
          kim.asks(ahead, HERRINGBONE),
        ]);
        await kim.tells();
        await kim.clicks(`.cloths a[href="${HERRINGBONE}"]`, HERRINGBONE, { passed: how === "a link" ? "status" : undefined });
        await kim.tells(...viewed.herringbone("/"));
        await kim.leaves();
        await oneVisitor(kim);
      });
    }

    test("the log tells what became of every event", () => {
      const told = running.log.flatMap((line) => line.match(/\{"selvedge":.*\}/) ?? []).map((line) => JSON.parse(line));
      const words = new Set(told.map(({ selvedge, outcome, reason }) => [selvedge, outcome ?? reason].join(" ")));
      const expected = ["delivery delivered", "drop without-consent", "no-view bot", "no-view data-layer", "no-view prefetch"];
      assert.deepEqual([...words].sort(), expected, running.log.join("\n"));
      const delivered = told.map(({ outcome, events }) => (outcome === "delivered" ? events : 0));
      assert.equal(delivered.reduce((sum, events) => sum + events), running.caught.length);
    });
  });

  const directory = join(root, "target/browser");
  mkdirSync(directory, { recursive: true });
  const picture = ({ tab }, name) => tab.screenshot({ path: join(directory, `${platform}-${name}.png`), fullPage: true });
}

/** Fills in a form by the names of its fields. */
async function fill({ tab }, fields) {
  for (const [name, value] of Object.entries(fields)) await tab.fill(`main [name="${name}"]`, value);
}

/** All events, or those after so many, are of one visitor in one session, which the first of them opened. */
async function oneVisitor(visitor, after = 0) {
  const told = (component) => visitor.told(component).slice(after).map(({ event }) => event);
  const [events, google] = [told("events"), told("ga4")];
  const different = (values) => [...new Set(values)];
  for (const values of [
    events.map(({ context }) => context.user.edgee_id),
    events.map(({ context }) => context.session.session_id),
    events.map(({ context }) => context.session.session_count),
    google.map(({ cid }) => cid),
    google.map(({ sid }) => sid),
    google.map(({ sct }) => sct),
  ]) {
    assert.equal(different(values).length, 1, `not one visitor in one session: ${different(values).join(", ")}`);
    assert.ok(values[0]);
  }
  const opened = (values) => values.map(Boolean).reduce((at, yes, index) => (yes ? [...at, index] : at), []);
  assert.deepEqual(opened(events.map(({ context }) => context.session.session_start)), [0]);
  assert.deepEqual(opened(google.map(({ _ss }) => _ss)), [0]);
  assert.deepEqual(opened(google.map(({ _fv }) => _fv)), [0]);
}

/** What the events of the walk say beyond their lines. */
function said(ada) {
  const events = ada.told("events").map(({ event }) => event);
  for (const event of events) assert.deepEqual([event.consent, event.consent_source], ["granted", "default"]);
  const named = (name) => events.find(({ data }) => data.name === name);

  const order = named("Order Completed");
  assert.equal(order.from, "edge");
  assert.deepEqual(order.data.properties, {
    transaction_id: "SC-10427",
    value: 67.4,
    currency: "EUR",
    tax: 11.23,
    shipping: 4.9,
    first_order: true,
    products: [
      { name: "Undyed linen", sku: "SV-LIN-200", category: "Linen", price: 24, currency: "EUR", quantity: 2 },
      { name: "Linen thread, set of six", sku: "SV-THR-006", category: "Thread", price: 14.5, currency: "EUR", quantity: 1 },
    ],
  });
  const purchase = ada.told("ga4").find(({ event }) => event.en === "purchase").event;
  assert.equal(purchase["ep.transaction_id"], "SC-10427");

  const added = named("Product Added");
  assert.equal(added.from, "client");
  assert.equal(added.context.page.title, titled("Undyed linen"));
  assert.deepEqual(added.data.properties, {
    currency: "EUR",
    value: 48,
    products: [{ name: "Undyed linen", sku: "SV-LIN-200", category: "Linen", price: 24, currency: "EUR", quantity: 2 }],
  });

  const latin1 = named("Du lin à l'étoffe");
  assert.deepEqual(latin1.data.properties, { auteur: "Hélène Lefèvre", thème: "été", langue: "fr" });
  assert.deepEqual(latin1.data.keywords, ["lin", "étoffe", "métier à tisser", "rouissage", "lisière"]);

  const known = events.find(({ type }) => type === "user").data;
  // A webhook is no conversion API: who she is in so many words is not for it.
  assert.deepEqual(known.properties, {
    ...{ email: "[redacted]", first_name: "[redacted]", loyalty: "silver", orders: 7, newsletter: true },
  });
}
