// The outbox on Cloudflare: a queue, whose consumer is this Worker too.

import { sendAll } from "./deliver";
import { type Env, type Selvedge, selvedge } from "./start";
import * as log from "./log";

/** The name of the queue's binding, as wrangler.toml has it. */
export const BINDING = "SELVEDGE_OUTBOX";

/** What one call may send to a queue: developers.cloudflare.com/queues/platform/limits. */
const MESSAGES = 100;
const BYTES = 250_000;

/** The longest delay of a message, in seconds. */
const LONGEST = 43_200;

type Parcels = Queue<string>;

/** The queue, where there is one. */
export function outboxOf(env: Env): Parcels | undefined {
  return env[BINDING] as Parcels | undefined;
}

/** Keeps what is to be tried again. What the queue does not take is lost, and the log says so. */
export async function keep(lines: string[], { outbox }: Selvedge): Promise<void> {
  let batch: MessageSendRequest<string>[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const sent = batch;
    [batch, bytes] = [[], 0];
    try {
      if (!outbox) throw new Error(`there is no queue bound to ${BINDING}`);
      await outbox.sendBatch(sent);
    } catch (problem) {
      for (const { body } of sent) log.line(lost(body, problem));
    }
  };
  for (const line of lines) {
    if (line.startsWith("!")) {
      log.line(line.slice(1));
      continue;
    }
    const space = line.indexOf(" ");
    const body = line.slice(space + 1);
    if (batch.length === MESSAGES || bytes + body.length * 3 > BYTES) await flush();
    batch.push({ body, contentType: "text", delaySeconds: Math.min(Number(line.slice(0, space)), LONGEST) });
    bytes += body.length * 3;
  }
  await flush();
}

function lost(parcel: string, problem: unknown): string {
  const { component, events } = JSON.parse(parcel) as { component: string; events: { uuid: string }[] };
  const ids = events.map(({ uuid }) => uuid);
  return JSON.stringify({ selvedge: "drop", component, reason: "undelivered", events: ids.length, problem: String(problem), ids });
}

/** Tries again what the queue held: many visits at once. */
export async function drain(messages: MessageBatch<string>, env: Env): Promise<void> {
  const running = selvedge(env);
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
