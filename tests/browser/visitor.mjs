// Somebody with a browser. What goes wrong on a page is said with the page, its console and what was expected.

import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { chromium } from "playwright-core";
import { line } from "./told.mjs";

/** How long the browser may take for anything. */
const PATIENCE_MS = 15_000;
/** How long an event may take from the browser to a destination, on a machine that is busy. */
const ARRIVAL_MS = 10_000;
/** How long to listen for events that should not come. */
const QUIET_MS = 400;

/** Chromium, with nothing in it that calls home, and with the back/forward cache that Playwright would switch off. */
export function launch() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const paths = (process.env.PATH ?? "").split(delimiter).flatMap((directory) => names.map((name) => join(directory, name)));
  const executablePath = process.env.CHROMIUM ?? paths.find(isProgram);
  assert.ok(executablePath, "there is no Chromium on PATH: scripts/setup.sh chromium");
  return chromium.launch({
    executablePath,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The user agent of a person. Headless Chromium's own says that it is a program. */
const person = (browser) =>
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${browser.version()} Safari/537.36`;

/** A visitor with an empty browser. Their name ends their user agent: by it, their events are known. */
export async function visit(browser, running, name, { agent = person(browser), ...options } = {}) {
  const userAgent = `${agent} ${name}/1`;
  const context = await browser.newContext({ userAgent, viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(() => addEventListener("pageshow", ({ persisted }) => persisted && console.debug("restored")));
  return new Visitor(context, await context.newPage(), running, userAgent);
}

export class Visitor {
  /** What the browser said and did, for whoever reads a failure. */
  diary = [];
  /** What went wrong since the last page was checked. */
  #wrong = [];
  /** How many events each destination has told of this visitor, as far as they were expected. */
  #heard = { events: 0, ga4: 0 };

  constructor(context, tab, running, userAgent) {
    Object.assign(this, { context, tab, running, userAgent });
    tab.on("console", (message) => {
      this.diary.push(`console.${message.type()}: ${message.text()}`);
      if (message.type() === "error") this.#wrong.push(`console error: ${message.text()}`);
    });
    tab.on("pageerror", (problem) => this.#wrong.push(`uncaught ${problem.stack ?? problem}`));
    tab.on("requestfailed", (request) => {
      const said = `${request.method()} ${request.url()} failed: ${request.failure()?.errorText}`;
      this.diary.push(said);
      // The icon comes last of all, and whoever leaves in a hurry does without it.
      if (!said.includes("/favicon.svg failed: net::ERR_ABORTED")) this.#wrong.push(said);
    });
    tab.on("response", (response) => {
      const request = response.request();
      const said = `${request.method()} ${response.url()}: ${response.status()}`;
      this.diary.push(said);
      if (response.status() >= 400) this.#wrong.push(said);
    });
  }

  get path() {
    return this.tab.url().replace(this.running.edge, "");
  }

  /** Does something that opens a page, and checks the page. */
  async opens(path, action, { status = 200, title, scripts = true, passed } = {}) {
    this.diary.push(`— ${path}`);
    const [response] = await Promise.all([this.#document(path), action()]).catch((problem) => this.#fail([problem.message]));
    await this.tab.waitForLoadState("load");
    const wrong = [];
    const check = (what, found, expected) => {
      if (found !== expected) wrong.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
    };
    check("address", this.path, path);
    check("status", response.status(), status);
    check("x-selvedge", response.headers()["x-selvedge"], passed ? `pass; reason=${passed}` : "edge");
    if (title) check("title", await this.tab.title(), title);
    const tags = () => this.asks(() => document.querySelectorAll('script[id="__SELVEDGE_SDK__"]').length);
    check("tags of the SDK", await tags(), 1);
    const soon = async (what, ask, expected) => check(what, await this.#soon(ask, expected), expected);
    if (scripts) await soon("window.selvedge", () => this.asks(() => typeof window.selvedge), "object");
    await soon("images that did not load", () => this.#missing(), "");
    // The page's own error is on the console too, where it was meant to be one.
    const meant = (text) => status >= 400 && (text.includes(`${path}: ${status}`) || text.includes(`status of ${status}`));
    wrong.push(...this.#wrong.splice(0).filter((text) => !meant(text)));
    if (wrong.length > 0) this.#fail(wrong);
    return response;
  }

  /** Opens a page by its address. */
  types(path, expected) {
    return this.opens(path, () => this.tab.goto(this.running.edge + path), expected);
  }

  /** Follows a link or presses a button. */
  clicks(target, path, expected) {
    return this.opens(path, () => this.tab.click(target), expected);
  }

  /** Goes back or forward to a page that the browser has kept alive, Selvedge in it. */
  async restores(where, path) {
    this.diary.push(`— ${where} to ${path}`);
    await this.asks((where) => void setTimeout(() => history[where]()), where);
    const found = await this.#soon(() => this.path, path);
    const kept = this.diary.slice(this.diary.findLastIndex((entry) => entry.startsWith("—"))).includes("console.debug: restored");
    if (found !== path || !kept) this.#fail([`expected ${path} as it was left, found ${found}, ${kept ? "restored" : "loaded again"}`]);
  }

  /** Does something that has the SDK post, and waits for the answer. */
  async posts(action) {
    const answered = this.tab.waitForResponse((response) => response.url().endsWith("/_selvedge/event"));
    const [answer] = await Promise.all([answered, action()]).catch((problem) => this.#fail([problem.message]));
    if (answer.status() !== 202) this.#fail([`the post was answered with ${answer.status()}, and not with 202`]);
  }

  /** Runs a function in the page. A page that does not answer is told, and not waited for. */
  async asks(question, ...given) {
    const silence = setTimeout(PATIENCE_MS, undefined, { ref: false }).then(() => this.#fail(["the page does not answer"]));
    return Promise.race([this.tab.evaluate(question, ...given), silence]);
  }

  /** What came over the network of the page that is shown. */
  received() {
    return this.asks(() => {
      const [{ transferSize, encodedBodySize }] = performance.getEntriesByType("navigation");
      if (transferSize === 0) return "nothing";
      return transferSize < encodedBodySize ? "that it has not changed" : "all";
    });
  }

  async cookie(name) {
    return (await this.context.cookies()).find((cookie) => cookie.name === name)?.value;
  }

  /** Everything that a destination was told of this visitor. */
  told(component) {
    return this.running.caught.filter(
      (each) => each.component === component && (each.event?.context?.client?.user_agent ?? each.headers["user-agent"]) === this.userAgent,
    );
  }

  /** Both destinations are told exactly this since the last time. */
  async tells(...expected) {
    const since = () =>
      Object.fromEntries(
        Object.entries(this.#heard).map(([component, heard]) => [
          component,
          this.told(component).slice(heard).map((each) => line(each, this.running.edge)),
        ]),
      );
    const deadline = Date.now() + ARRIVAL_MS;
    const complete = () => Object.values(since()).every((lines) => lines.length >= expected.length);
    while (!complete() && Date.now() < deadline) await setTimeout(20);
    if (expected.length === 0) await setTimeout(QUIET_MS);
    const found = since();
    for (const component of Object.keys(this.#heard)) this.#heard[component] += found[component].length;
    this.#explained(() => assert.deepEqual(found, { events: expected, ga4: expected }));
  }

  /** The end of the visit: nothing more is told, and each event had the same id at both destinations, and its own. */
  async leaves() {
    await this.tells();
    await this.context.close();
    const ids = this.told("events").map(({ event }) => event.uuid);
    assert.equal(new Set(ids).size, ids.length, "ids that were used twice");
    assert.deepEqual(this.told("ga4").map(({ event }) => event["ep.event_id"]), ids);
  }

  /** The document that is shown at a path in the end, whatever redirects there. */
  #document(path) {
    return this.tab.waitForResponse(
      (response) => response.request().isNavigationRequest() && response.url() === this.running.edge + path.split("#")[0],
    );
  }

  #missing() {
    return this.asks(() =>
      Array.from(document.images)
        .filter((image) => !(image.complete && image.naturalWidth > 0))
        .map((image) => image.src)
        .join(" "),
    );
  }

  /** The answer, once it is the expected one, or what it still is after a while. */
  async #soon(ask, expected) {
    let answer = await ask();
    for (let tries = 0; answer !== expected && tries < 100; tries++) {
      await setTimeout(20);
      answer = await ask();
    }
    return answer;
  }

  #explained(assertion) {
    try {
      assertion();
    } catch (problem) {
      problem.message += this.#story();
      throw problem;
    }
  }

  #fail(wrong) {
    throw new assert.AssertionError({ message: `${wrong.join("\n")}${this.#story()}` });
  }

  #story() {
    return `\n\non ${this.tab.url()}\n${this.diary.slice(-25).map((entry) => `  ${entry}`).join("\n")}`;
  }
}
