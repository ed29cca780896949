// The outbox on Cloudflare: a queue, whose consumer is this Worker too; and a KV namespace, where what could not be
// delivered after all is set aside: a queue cannot be looked into, and forgets after two weeks at the latest.

import { sendAll } from "./deliver";
import { type Env, type Selvedge, selvedge } from "./start";
import * as log from "./log";

/** The names of the bindings, as wrangler.toml has them. */
export const BINDING = "SELVEDGE_OUTBOX";
export const DEAD = "SELVEDGE_DEAD";

/** How long what was set aside stays there, in seconds: 30 days, as the core has it. */
const DEAD_FOR = 30 * 24 * 3600;

/** What one call may send to a queue: developers.cloudflare.com/queues/platform/limits. */
const MESSAGES = 100;
const BYTES = 250_000;

/** The longest delay of a message, in seconds. */
const LONGEST = 43_200;

type Parcels = Queue<string>;

/** What of a parcel matters here. */
interface Parcel {
  component: string;
  events: { uuid: string }[];
}

/** What became of parcels. */
interface Kept {
  kept: number;
  lost: [string, number][];
}

/** The queue, where there is one. */
export function outboxOf(env: Env): Parcels | undefined {
  return env[BINDING] as Parcels | undefined;
}

/** The namespace, where there is one. */
export function deadOf(env: Env): KVNamespace | undefined {
  return env[DEAD] as KVNamespace | undefined;
}

/**
 * Keeps what is to be tried again, and sets aside what is not, as `State::parcels` writes it. What the queue does not take
 * is lost, and the log says so. Returns how many parcels it took, and whose events are lost and how many.
 */
export async function keep(lines: string[], { outbox, dead }: Selvedge): Promise<Kept> {
  let kept = 0;
  const lost: Kept["lost"] = [];
  let batch: MessageSendRequest<string>[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const sent = batch;
    [batch, bytes] = [[], 0];
    try {
      if (!outbox) throw new Error(`there is no queue bound to ${BINDING}`);
      await outbox.sendBatch(sent);
      kept += sent.length;
    } catch (problem) {
      for (const { body } of sent) {
        const { component, events } = JSON.parse(body) as Parcel;
        lost.push([component, events.length]);
        log.line(dropped(component, events, problem));
      }
    }
  };
  for (const line of lines) {
    if (line.startsWith("!")) {
      log.line(line.slice(1));
      continue;
    }
    if (line.startsWith("+")) {
      if (dead) await setAside(line.slice(1), dead);
      continue;
    }
    const space = line.indexOf(" ");
    const body = line.slice(space + 1);
    if (batch.length === MESSAGES || bytes + body.length * 3 > BYTES) await flush();
    batch.push({ body, contentType: "text", delaySeconds: Math.min(Number(line.slice(0, space)), LONGEST) });
    bytes += body.length * 3;
  }
  await flush();
  return { kept, lost };
}

async function setAside(line: string, dead: KVNamespace): Promise<void> {
  const [key = "", told = "", text = ""] = line.split("\t");
  try {
    await dead.put(key, text, { expirationTtl: DEAD_FOR });
    log.line(told);
  } catch (problem) {
    log.problem("a dead letter", problem);
  }
}

function dropped(component: string, events: Parcel["events"], problem: unknown): string {
  const ids = events.map(({ uuid }) => uuid);
  return JSON.stringify({ selvedge: "drop", component, reason: "undelivered", events: ids.length, problem: String(problem), ids });
}

/** Tries again what the queue held: many visits at once. */
export async function drain(messages: MessageBatch<string>, env: Env): Promise<void> {
  const running = await selvedge(env);
  const { handle, lines } = running.core.again(messages.messages.map(({ body }) => body));
  try {
    for (const line of lines) log.line(line);
    // What fails is kept anew, with a later time. Should this end in between, the queue brings these messages again:
    // events then come twice with the same ids, and none is lost.
    await sendAll(handle, running);
    messages.ackAll();
  } finally {
    running.core.forget(handle);
  }
}
