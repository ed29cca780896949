// Visits of debug sessions on Cloudflare: in a KV namespace, which is optional, for the owner to fetch.

import type { Said } from "./core";
import type { Env } from "./start";
import * as log from "./log";

/** The name of the namespace's binding, as wrangler.toml has it. */
export const DEBUG = "SELVEDGE_DEBUG";

/** For how long a visit is kept, in seconds, and how many are fetched at a time: as the core has it. */
const KEEP_FOR = 3600;
const MOST = 10;

/** The namespace, where there is one. */
export function visitsOf(env: Env): KVNamespace | undefined {
  return env[DEBUG] as KVNamespace | undefined;
}

/** Keeps a visit for its owner, as the core writes it: its key, and as the body its text. */
export async function keepVisit({ lines, body }: Said, env: Env): Promise<void> {
  try {
    await visitsOf(env)?.put(lines[0] ?? "", body, { expirationTtl: KEEP_FOR });
  } catch (problem) {
    log.problem("the store of visits", problem);
  }
}

/** The next visits of a session after one. */
export async function visits(store: KVNamespace, session: string, after: string | null): Promise<object> {
  const { keys } = await store.list({ prefix: `${session}/` });
  const next = keys.map(({ name }) => name).filter((name) => !after || name > after).slice(0, MOST);
  const read = await Promise.all(next.map(async (key) => ({ key, text: await store.get(key) })));
  return { visits: read.filter(({ text }) => text !== null) };
}
