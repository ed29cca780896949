// What happens once per isolate, again after a trap, and when another configuration was pushed: the module, its
// configuration, and the secrets that this names.

import { configurations, current } from "./config";
import { type Chosen, Core, type Fallback } from "./core";
import { visitsOf } from "./debug";
import { BINDING, deadOf, outboxOf } from "./outbox";
import { type Tokens, tokensOf } from "./tokens";
import * as log from "./log";

/** Bindings: secrets by their names. */
export type Env = Record<string, unknown>;

/** The core at work. */
export interface Selvedge {
  core: Core;
  /** Which configuration it has. */
  id: string;
  /** How many subrequests may wait for an answer at one time. */
  concurrent: number;
  /** Where what could not be delivered is kept. */
  outbox: Queue<string> | undefined;
  /** The bindings. */
  env: Env;
  /** Where what could not be delivered after all is set aside. */
  dead: KVNamespace | undefined;
  /** Where tokens are kept for other isolates. */
  tokens: Tokens | undefined;
}

/** How long the first visitor of an isolate waits for the store, in milliseconds. */
const PATIENCE = 100;

/** How often the store is looked into at the most, in milliseconds. */
const EVERY = 60_000;

let running: Selvedge | undefined;
let fallbacks: Fallback[] = [];
/** What the store had when it was last looked into. */
let pushed = "";
/** What it had that could not be used: that is told once. */
let ignored: string | undefined;
/** When it was looked into; or begun, so that one request does it and not all. */
let looked = 0;

/** The core, started on the first request, or afresh after a trap. Throws where it cannot be. */
export async function selvedge(env: Env): Promise<Selvedge> {
  if (running && !running.core.trapped) return running;
  const store = configurations(env);
  if (!running && store) {
    const found = await Promise.race([look(store), new Promise<undefined>((late) => setTimeout(late, PATIENCE))]);
    // Where it was late, `freshen` looks again after the response.
    looked = found === undefined ? 0 : Date.now();
    pushed = found ?? pushed;
  }
  // Another request may have been quicker.
  if (!running || running.core.trapped) running = restart(env, !running);
  return running;
}

/** Whether it is time to look for another configuration. */
export function isDue(env: Env): boolean {
  return configurations(env) !== undefined && Date.now() - looked > EVERY;
}

/** Looks for another configuration. Later requests have it; those in flight end with what they began with. */
export async function freshen(env: Env): Promise<void> {
  const store = configurations(env);
  if (!store || !isDue(env)) return;
  looked = Date.now();
  const found = await look(store);
  if (found === undefined || found === pushed || found === ignored) return;
  try {
    const core = new Core();
    const chosen = core.configure(found);
    if (chosen.problems.length > 0) throw chosen.problems.join("; ");
    if (chosen.which?.id !== running?.id) running = begin(core, chosen, env, true);
    pushed = found;
  } catch (problem) {
    // The one at work stays.
    log.problem("configuration", problem);
    ignored = found;
  }
}

/** Starts, be it without what was pushed. */
function restart(env: Env, tell: boolean): Selvedge {
  try {
    const core = new Core();
    const chosen = core.configure(pushed);
    if (tell) for (const problem of chosen.problems) log.problem("configuration", problem);
    return begin(core, chosen, env, tell);
  } catch (problem) {
    if (pushed === "") throw problem;
    log.problem("the pushed configuration", problem);
    [ignored, pushed] = [pushed, ""];
    return restart(env, tell);
  }
}

/** What the store has; none where it does not answer. */
async function look(store: KVNamespace): Promise<string | undefined> {
  try {
    return await current(store);
  } catch (problem) {
    log.problem("the store of configurations", problem);
    return undefined;
  }
}

/** Sets a core to work with the configuration that it has chosen. */
function begin(core: Core, { which, secrets, problems }: Chosen, env: Env, tell: boolean): Selvedge {
  if (!which) throw new Error(problems[0]);
  const named = Object.fromEntries(secrets.map((name) => [name, env[name]]).filter(([, value]) => typeof value === "string"));
  const said = core.start(named);
  core.keepVisits(visitsOf(env) !== undefined);
  const outbox = outboxOf(env);
  if (tell) {
    for (const line of said.problems) log.line(line);
    if (said.outbox && !outbox) log.problem("outbox", `there is no queue bound to ${BINDING}`);
  }
  fallbacks = said.fallbacks;
  return { core, id: which.id, concurrent: said.concurrent, outbox, dead: deadOf(env), tokens: tokensOf(env), env };
}

/** The origin of a host's website, as far as it is known. */
export function fallback(host: string): string | undefined {
  const serves = (pattern: string) =>
    pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
  return fallbacks.find(({ hosts }) => hosts.length === 0 || hosts.some(serves))?.origin;
}
