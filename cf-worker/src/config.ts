// Configurations that were pushed, on Cloudflare: a KV namespace, which is optional; and what the owner asks of it.

import { answer, refusal } from "./owner";
import { reply } from "./respond";
import type { Env, Selvedge } from "./start";
import * as log from "./log";

/** The name of the namespace's binding, as wrangler.toml has it. */
const BINDING = "SELVEDGE_CONFIG";

/** As the core has them. */
const CURRENT = "current";
const PREFIX = "config/";

/** For how long a place of Cloudflare's keeps what it has read, in seconds. */
const CACHED = 60;

/** `Order` of the core's, as it writes it. */
export type Order =
  | { do: "list" }
  | { do: "push"; configuration: string; note: string }
  | { do: "rollback"; key: string }
  | { do: "stamped" };

/** The namespace, where there is one. */
export function configurations(env: Env): KVNamespace | undefined {
  return env[BINDING] as KVNamespace | undefined;
}

/** What is to be at work as far as the store goes: empty where it has nothing. Throws where it does not answer. */
export async function current(store: KVNamespace): Promise<string> {
  return (await store.get(CURRENT, { cacheTtl: CACHED })) ?? "";
}

/** Does what the owner wants. */
export async function obey(order: Order, running: Selvedge): Promise<Response> {
  const { core, env } = running;
  const store = configurations(env);
  if (!store) {
    return refusal(503, "there is no store for configurations", `a KV namespace bound to ${BINDING}, as wrangler.toml has it`);
  }
  const asked = order.do === "rollback" ? order.key : order.do === "list" ? CURRENT : undefined;
  try {
    const [stored, { keys }] = await Promise.all([asked && store.get(asked), store.list({ prefix: PREFIX })]);
    const said = core.configuration({ order, stored, keys: keys.map(({ name }) => name), secrets: texts(env) });
    const [kind, key, text, ...old] = said.lines;
    if (kind !== "keep") {
      const told = reply(said);
      if (order.do === "stamped" && told.ok) await store.delete(CURRENT);
      return told;
    }
    // By its own key first: what is at work can then always be found again.
    if (key) await store.put(key, text!);
    await store.put(CURRENT, text!);
    await Promise.all(old.filter((key) => key !== "").map((key) => store.delete(key)));
    return answer(200, JSON.parse(new TextDecoder().decode(said.body)) as object);
  } catch (problem) {
    log.problem("the store of configurations", problem);
    return refusal(503, `the store of configurations: ${String(problem)}`, "a store that answers");
  }
}

/** Every binding that is text: the secrets are among them. */
function texts(env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
