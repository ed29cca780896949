// A vendor: it takes events, and notes down when; or it fails, in one of the ways in which vendors do.

import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout } from "node:timers/promises";

export class Destination {
  /** How it behaves: `well`, `error` (500), `later` (429), `reset`, `hang`, `slow`, `refuse` (400). */
  mode = "well";
  /** By the event's id: when each answer that said "taken" went out, in milliseconds. */
  taken = new Map();
  /** Ids of events that hung: whether it took those, nobody can know who got no answer. */
  hung = new Set();
  /** The events themselves, by id. */
  events = new Map();
  /** How many requests came in which mode. */
  requests = {};
  #server = createServer((request, response) => void this.#answer(request, response));

  async open() {
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/events`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request, response) {
    const { mode } = this;
    this.requests[mode] = (this.requests[mode] ?? 0) + 1;
    // Before it has read anything.
    if (mode === "reset") return request.socket.resetAndDestroy();
    let events;
    try {
      events = JSON.parse(Buffer.concat(await request.toArray())).events;
    } catch {
      return; // who sent it is gone
    }
    switch (mode) {
      case "error":
        return response.writeHead(500).end();
      case "later":
        return response.writeHead(429, { "retry-after": "1" }).end();
      case "refuse":
        return response.writeHead(400).end();
      case "hang":
        for (const { uuid } of events) this.hung.add(uuid);
        return; // and never answers
      case "slow":
        await setTimeout(2000);
    }
    for (const event of events) {
      this.events.set(event.uuid, event);
      this.taken.set(event.uuid, [...(this.taken.get(event.uuid) ?? []), Date.now()]);
    }
    response.writeHead(204).end();
  }
}
