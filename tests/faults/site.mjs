// The demo shop as it is without an edge, and somebody who visits it through one.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const root = new URL("../..", import.meta.url).pathname;
const PAGES = ["index", "about", "cart", "products/linen", "blog/index"];
const AGENT =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/** The pages that there are, as the shop has them. */
const pages = PAGES.map((name) => [`/${name}.html`, readFileSync(`${root}demo/shop/${name}.html`)]);

/** Serves them. */
export async function shop() {
  const html = new Map(pages);
  const server = createServer((request, response) => {
    const page = html.get(new URL(request.url, "http://shop").pathname);
    response.writeHead(page ? 200 : 404, { "content-type": "text/html; charset=utf-8" }).end(page ?? "");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/** Visits at a steady rate, until told to pause. Each has a number, by which its events are known again. */
export class Visitors {
  /** `{ n, at, ms, phase }` of each; and `idle`, what an answer took then for which nothing is fetched or delivered. */
  visits = [];
  /** What is going on, for the record. */
  phase = "";
  #timer;
  #under = new Set();

  /** `edge()` is where the site is served; one visit each `every` milliseconds. */
  constructor(edge, every) {
    Object.assign(this, { edge, every });
  }

  resume() {
    this.#timer = setInterval(() => {
      const visit = this.#visit().finally(() => this.#under.delete(visit));
      this.#under.add(visit);
    }, this.every);
  }

  /** No more visits; and those that are under way have their pages. */
  async pause() {
    clearInterval(this.#timer);
    await Promise.all(this.#under);
  }

  async #visit() {
    const visit = { n: this.visits.length, at: Date.now(), phase: this.phase };
    this.visits.push(visit);
    const [path, page] = pages[visit.n % pages.length];
    const headers = { "user-agent": AGENT, "sec-fetch-dest": "document", accept: "text/html" };
    try {
      const answer = await fetch(`${this.edge()}${path}?v=${visit.n}`, { headers });
      const text = await answer.text();
      visit.ms = Date.now() - visit.at;
      visit.good = answer.status === 200 && text.length >= page.length;
      const then = Date.now();
      await (await fetch(`${this.edge()}/_selvedge/health`)).text();
      visit.idle = Date.now() - then;
    } catch (problem) {
      visit.problem = String(problem);
    }
  }

  /** The middle of the times that visits of a phase took longer than an idle answer just then, in milliseconds. */
  median(phase) {
    const times = this.visits.filter((visit) => visit.phase === phase && visit.idle !== undefined);
    return times.map(({ ms, idle }) => ms - idle).sort((a, b) => a - b)[times.length >> 1];
  }
}
