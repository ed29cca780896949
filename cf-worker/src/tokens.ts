// Tokens on Cloudflare: looked for in a KV namespace, which is optional, else asked for; all at once, after the response.

import type { Said } from "./core";
import { send } from "./deliver";
import type { Env, Selvedge } from "./start";
import * as log from "./log";

/** The name of the namespace's binding, as wrangler.toml has it. */
const BINDING = "SELVEDGE_TOKENS";

/** KV forgets nothing sooner: developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys. */
const SHORTEST = 60;

/** How long to wait, in milliseconds, while another visit asks for the same token. */
const PAUSE = 100;

export type Tokens = KVNamespace;

/** The namespace, where there is one. */
export function tokensOf(env: Env): Tokens | undefined {
  return env[BINDING] as Tokens | undefined;
}

/** Comes by the tokens that a plan waits for, as far as they can be had, and goes on with it. */
export async function fetchTokens(handle: number, running: Selvedge): Promise<void> {
  const { core } = running;
  const names = core.waiting(handle);
  if (names.length === 0) return;
  await Promise.all(names.map((name, index) => fetchToken(handle, index, name, running)));
  for (const line of core.resume(handle)) log.line(line);
}

async function fetchToken(handle: number, index: number, name: string, { core, tokens }: Selvedge): Promise<void> {
  let stored = name === "" ? "" : await look(tokens, name);
  for (;;) {
    const said = core.seekToken(handle, index, stored);
    const [todo, ...lines] = said.lines;
    if (todo === "ask") return keep(tokens, core.tokenAnswered(handle, index, await send({ ...said, lines })));
    if (todo !== "wait") return keep(tokens, said);
    // It ends: whoever asks has an answer in time, or is taken for gone.
    stored = "";
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

async function look(tokens: Tokens | undefined, name: string): Promise<string> {
  try {
    return (await tokens?.get(name)) ?? "";
  } catch (problem) {
    log.problem("the store of tokens", problem);
    return "";
  }
}

/** Keeps a token for other isolates, where it says so. Where that fails, each asks for its own. */
async function keep(tokens: Tokens | undefined, { lines, body }: Said): Promise<void> {
  const [, name = "", seconds = ""] = lines;
  if (!tokens || name === "") return;
  try {
    await tokens.put(name, body, { expirationTtl: Math.max(Number(seconds), SHORTEST) });
  } catch (problem) {
    log.problem("the store of tokens", problem);
  }
}

/** Forgets a token that its destination has refused. */
export async function forgetToken(name: string, { tokens }: Selvedge): Promise<void> {
  try {
    await tokens?.delete(name);
  } catch (problem) {
    log.problem("the store of tokens", problem);
  }
}
