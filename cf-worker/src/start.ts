// What happens once per isolate, and again after a trap: the module, and the secrets that its configuration names.

import { Core } from "./core";
import { BINDING, deadOf, outboxOf } from "./outbox";
import { type Tokens, tokensOf } from "./tokens";
import * as log from "./log";

/** Bindings: secrets by their names. */
export type Env = Record<string, unknown>;

/** The core at work. */
export interface Selvedge {
  core: Core;
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

/** Where a host's website lives, known without the core: for when that has failed. */
interface Fallback {
  hosts: string[];
  origin: string;
}

let running: Selvedge | undefined;
let fallbacks: Fallback[] = [];

/** The core, started on the first request, or afresh after a trap. Throws where it cannot be. */
export function selvedge(env: Env): Selvedge {
  if (running && !running.core.trapped) return running;
  const core = new Core();
  const names = core.secrets();
  if (names.startsWith("!")) throw new Error(names.slice(1));
  const secrets: Record<string, string> = {};
  for (const name of names.split("\n")) {
    const secret = env[name];
    if (typeof secret === "string") secrets[name] = secret;
  }
  const said = JSON.parse(core.start(secrets)) as {
    problems: string[];
    fallbacks: Fallback[];
    concurrent: number;
    outbox: boolean;
  };
  const outbox = outboxOf(env);
  if (!running) {
    for (const line of said.problems) log.line(line);
    if (said.outbox && !outbox) log.problem("outbox", `there is no queue bound to ${BINDING}`);
  }
  fallbacks = said.fallbacks;
  running = { core, concurrent: said.concurrent, outbox, dead: deadOf(env), tokens: tokensOf(env), env };
  return running;
}

/** The origin of a host's website, as far as it is known. */
export function fallback(host: string): string | undefined {
  const serves = (pattern: string) =>
    pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
  return fallbacks.find(({ hosts }) => hosts.length === 0 || hosts.some(serves))?.origin;
}
