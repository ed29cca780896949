// A website without Selvedge in front of it: pages that bring the SDK themselves, and a collector that notes down what it
// is told. What the SDK does is tested here, without an emulator; what the edge and the SDK do together, in `suite.mjs`.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { root } from "./dev.mjs";
import { launch } from "./visitor.mjs";

const read = (name) => readFileSync(`${root}sdk/dist/${name}`, "utf8");

/** How long to listen for what should come, and for what should not. */
const SOON_MS = 8000;
const QUIET_MS = 300;

/** Tests of a subject, on one stage: `scenes` gets it, and what plays a scene on it. */
export function staged(subject, scenes) {
  describe(`the SDK: ${subject}`, () => {
    const stage = new Stage();
    before(() => stage.open());
    after(() => stage.close());
    scenes(stage, (name, play) => test(name, { timeout: 60_000 }, play));
  });
}

class Stage {
  /** What was posted: `{ events, consent, reset, … }`; `at`, the time of arrival; `cookie`, what the post carried. */
  posts = [];
  /** What browsers told of violated policies. */
  violations = [];
  /** Everything that was asked for and sent, as text. */
  wire = "";
  /** What the collector answers. */
  status = 202;
  /** How long it takes to answer, in milliseconds. */
  delay = 0;
  #pages = new Map();

  async open() {
    this.server = createServer((request, response) => void this.#answer(request, response));
    this.server.listen(0);
    [this.browser] = await Promise.all([launch(), once(this.server, "listening")]);
    const { port } = this.server.address();
    // Two hosts of the same server.
    this.at = `http://localhost:${port}`;
    this.other = `http://127.0.0.1:${port}`;
  }

  async close() {
    await this.browser?.close();
    this.server.closeAllConnections();
    this.server.close();
  }

  /**
   * A page: `tag` is what the SDK's element says, if it has one, `stub` whether it stands before it, `layer` the data layer,
   * an object or its text, and `id` the id by which that is known.
   */
  page(path, options = {}) {
    const { tag = "", stub = false, layer, id = "__SELVEDGE_DATA_LAYER__" } = options;
    const { head = "", body = "", headers = {}, title = path, sdk = true } = options;
    const text = typeof layer === "string" ? layer : JSON.stringify({ data_collection: layer });
    const data = layer ? `<script type="application/json" id="${id}">${text}</script>` : "";
    const element = sdk ? `<script id="__SELVEDGE_SDK__" async src="/_selvedge/sdk.js" ${tag}></script>` : "";
    const html = `<!doctype html><html><head><title>${title}</title>${data}${stub ? `<script>${read("stub.js")}</script>` : ""}${head}${element}</head><body>${body}</body></html>`;
    this.#pages.set(path, { html, headers });
    return this.at + path;
  }

  /** A new browser that opens a page, once the SDK has loaded. */
  async visit(url, options) {
    this.posts = [];
    this.violations = [];
    this.wire = "";
    this.status = 202;
    this.delay = 0;
    const context = await this.browser.newContext(options);
    const tab = await context.newPage();
    tab.errors = [];
    tab.on("pageerror", (problem) => tab.errors.push(String(problem)));
    tab.on("console", (message) => message.type() === "error" && tab.errors.push(message.text()));
    await context.addInitScript(() => addEventListener("pageshow", ({ persisted }) => persisted && (window.restored = true)));
    await this.goto(tab, url);
    return tab;
  }

  async goto(tab, url) {
    await tab.goto(url);
    await this.loaded(tab);
  }

  async loaded(tab) {
    await tab.waitForFunction(() => window.selvedge && !window.selvedge.q);
  }

  /** The events that were told, as `name` or type with what `say` makes of them. */
  events() {
    return this.posts.flatMap(({ events = [], ...post }) => events.map((event) => ({ ...event, post })));
  }

  names() {
    return this.events().map(({ type, data }) => (type === "track" ? data.name : type));
  }

  /** Waits for so many events, and for no more. */
  async told(count) {
    return this.until(() => this.events().length >= count, () => this.events());
  }

  async until(condition, answer = () => undefined) {
    for (const deadline = Date.now() + SOON_MS; !condition() && Date.now() < deadline; ) await setTimeout(20);
    await setTimeout(QUIET_MS);
    return answer();
  }

  async #answer(request, response) {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) body += chunk;
    this.wire += `${request.method} ${request.url}\n${body}\n`;
    const { pathname, searchParams } = new URL(request.url, this.at);
    const say = (status, type, text, headers = {}) => response.writeHead(status, { "content-type": type, ...headers }).end(text);
    if (pathname === "/_selvedge/sdk.js") return say(200, "text/javascript", read("selvedge.js"));
    if (pathname === "/package.js") return say(200, "text/javascript", read("index.js"));
    if (pathname === "/csp") return this.violations.push(body), say(204);
    if (pathname === "/_selvedge/link") {
      return say(302, "text/plain", "", { location: `${searchParams.get("to")}?a=1&_sv=secret&b=2#there` });
    }
    if (pathname === "/_selvedge/event") {
      const { cookie } = request.headers;
      if (this.status < 300) this.posts.push({ ...JSON.parse(body).data_collection, at: Date.now(), cookie });
      await setTimeout(this.delay);
      return say(this.status, "application/json", "{}", { "set-cookie": "visitor=known; Path=/; HttpOnly" });
    }
    const page = this.#pages.get(pathname);
    if (!page) return say(pathname === "/favicon.ico" ? 204 : 404, "text/html", "");
    return say(200, "text/html; charset=utf-8", page.html, page.headers);
  }
}
