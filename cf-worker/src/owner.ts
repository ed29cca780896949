// What the owner asks: of the outbox, done with its queue and with what was set aside; of the configuration, in config.ts.

import { type Order as Configuration, obey as configure } from "./config";
import { DEBUG, visits, visitsOf } from "./debug";
import { BINDING, DEAD, keep } from "./outbox";
import type { Selvedge } from "./start";

/** `Order` of the core, as it writes it. */
export type Order =
  | { do: "list"; dead: boolean; after: string | null }
  | { do: "read"; names: string[] }
  | { do: "drain"; names: string[]; all: boolean }
  | { do: "replay"; names: string[]; texts: string[] }
  | { do: "debug"; session: string; after: string | null }
  | { do: "config"; what: Configuration };

/** How many keys a page of a list has. */
const PAGE = 500;

/** Does what the owner wants. */
export async function obey(order: Order, running: Selvedge): Promise<Response> {
  const { dead, outbox } = running;
  if (order.do === "config") return configure(order.what, running);
  if (order.do === "debug") {
    const store = visitsOf(running.env);
    if (!store) return refusal(503, `there is no KV namespace bound to ${DEBUG}`, "one, as wrangler.toml has it");
    return done(await visits(store, order.session, order.after));
  }
  if (order.do === "drain") {
    return refusal(501, "a queue brings what is due by itself, and nothing sooner", "a queue's own time");
  }
  if (order.do === "list" && !order.dead) {
    // Nobody can look into a queue from here; the platform counts what is in it.
    return outbox
      ? done({ names: null, queue: await outbox.metrics() })
      : refusal(503, `there is no queue bound to ${BINDING}`, "one, as wrangler.toml has it");
  }
  const names = "names" in order ? order.names : [];
  if (!dead && (order.do === "list" || names.length > 0)) {
    return refusal(503, `there is no KV namespace bound to ${DEAD}`, "one, as wrangler.toml has it");
  }
  if (order.do === "list") {
    const page = await dead!.list({ prefix: "dead/", limit: PAGE, cursor: order.after });
    return done({ names: page.keys.map(({ name }) => name), next: page.list_complete ? null : page.cursor });
  }
  const read = await Promise.all(names.map((name) => dead!.get(name)));
  const found = read.filter((text) => text !== null);
  if (order.do === "read") return done({ parcels: found.map((text) => JSON.parse(text) as unknown) });
  const texts = [...found, ...order.texts];
  const { kept } = await keep(running.core.afresh(texts), running);
  if (kept < texts.length) return refusal(503, "the queue did not take all of it", "a queue that can be written to");
  await Promise.all(names.map((name) => dead!.delete(name)));
  return done({ replayed: kept });
}

function done(said: object): Response {
  return answer(200, { ...said, platform: "cloudflare" });
}

/** The answer to what cannot be done. */
export function refusal(status: number, error: string, expected: string): Response {
  return answer(status, { error, expected });
}

/** An answer of Selvedge's own. */
export function answer(status: number, said: object): Response {
  const headers = { "cache-control": "no-store", "x-selvedge": "collect" };
  return Response.json(said, { status, headers });
}
