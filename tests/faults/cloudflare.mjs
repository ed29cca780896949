// The Worker in workerd, by Miniflare, which is killed and started again. Miniflare's own queue is in the memory that is
// killed, and cannot be looked into. In place of the platform's broker, which is neither, stands a queue in this process,
// as durable and as often wrong as the real one: it delivers at least once, in batches, no sooner than it was told, and
// again where the consumer ended without a word. tests/workerd/outbox.test.mjs shows the Worker with Miniflare's queue.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Miniflare } from "miniflare";
import { bundled, deployed } from "../workerd/artifact.mjs";

const QUEUE = "selvedge-outbox";

/** What the Worker has for a queue: it hands over what is sent, and what is in it is counted. */
const BINDING = `
import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  async sendBatch(messages) {
    const answer = await fetch(this.env.BROKER, { method: "POST", body: JSON.stringify([...messages]) });
    if (!answer.ok) throw new Error("the queue is not there");
  }
  async metrics() {
    return (await fetch(this.env.BROKER)).json();
  }
}`;

export class Cloudflare {
  log = "";
  durable = true;
  #waiting = new Map();
  #next = 0;
  /** Ids of events that a killed consumer had: whether it sent them, the queue cannot know. */
  unknown = new Set();

  constructor({ dir, key, wasm, stores = [] }) {
    Object.assign(this, { dir, key, wasm, stores });
  }

  async start() {
    this.broker ??= await this.#open();
    this.script ??= await bundled();
    this.worker = new Miniflare({
      host: "127.0.0.1",
      port: 0,
      handleRuntimeStdio: (...streams) => streams.forEach((stream) => stream.on("data", (data) => (this.log += data))),
      kvPersist: `${this.dir}/kv`,
      workers: [
        {
          name: "selvedge",
          ...deployed(this.script, readFileSync(this.wasm)),
          bindings: { SELVEDGE_KEY: this.key },
          kvNamespaces: ["SELVEDGE_DEAD", ...this.stores.map((name) => `SELVEDGE_${name.toUpperCase()}`)],
          serviceBindings: { SELVEDGE_OUTBOX: "queue" },
        },
        {
          name: "queue",
          compatibilityDate: "2026-04-01",
          modules: [{ type: "ESModule", path: "queue.mjs", contents: BINDING }],
          bindings: { BROKER: `http://127.0.0.1:${this.broker.address().port}` },
        },
      ],
    });
    this.url = String(await this.worker.ready).replace(/\/$/, "");
    this.delivering = this.#deliver(this.worker);
  }

  /** Miniflare ends its runtime with SIGKILL. */
  async kill() {
    const { worker } = this;
    this.worker = undefined;
    await worker.dispose();
    await this.delivering;
  }

  async end() {
    await this.kill();
    this.broker.close();
  }

  async #open() {
    const broker = createServer(async (request, response) => {
      if (request.method === "POST") {
        for (const { body, delaySeconds = 0 } of JSON.parse(Buffer.concat(await request.toArray()))) {
          this.#waiting.set(String(this.#next++), { body, due: Date.now() + delaySeconds * 1000, attempts: 0 });
        }
      }
      response.end(JSON.stringify({ backlogCount: this.#waiting.size, backlogBytes: 0 }));
    });
    await once(broker.listen(0, "127.0.0.1"), "listening");
    return broker;
  }

  get waiting() {
    return this.#waiting.size;
  }

  async #deliver(worker) {
    const consumer = await worker.getWorker("selvedge");
    while (this.worker === worker) {
      const due = [...this.#waiting].filter(([, { due }]) => due <= Date.now()).slice(0, 100);
      if (due.length > 0) {
        const messages = due.map(([id, { body, attempts }]) => ({ id, timestamp: new Date(), body, attempts: attempts + 1 }));
        try {
          const { outcome, ackAll } = await consumer.queue(QUEUE, messages);
          if (outcome !== "ok" || !ackAll) throw new Error(outcome);
          for (const [id] of due) this.#waiting.delete(id);
        } catch {
          for (const [, message] of due) {
            message.attempts++;
            for (const { uuid } of JSON.parse(message.body).events) this.unknown.add(uuid);
          }
        }
      }
      await new Promise((done) => setTimeout(done, 250));
    }
  }
}
