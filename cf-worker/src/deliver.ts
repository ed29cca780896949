// Sending events, after the response: as many requests at once as the platform allows, each with its deadline.

import type { Asked, Said } from "./core";
import { keepVisit } from "./debug";
import { METRICS, count } from "./metrics";
import { keep } from "./outbox";
import { isWrite, write } from "./sink";
import { fetchTokens, forgetToken } from "./tokens";
import type { Selvedge } from "./start";
import * as log from "./log";

/** Plans what a visit asks for, sends it, and logs what became of it. `spent` subrequests have been made for it. */
export async function deliver(handle: number, spent: number, running: Selvedge): Promise<void> {
  try {
    for (const line of running.core.plan(handle, spent)) log.line(line);
    await sendAll(handle, running);
  } catch (problem) {
    log.problem("delivery", problem);
  } finally {
    running.core.forget(handle);
  }
}

/** Sends what was planned, logs what became of it, and keeps what is to be tried again. */
export async function sendAll(handle: number, running: Selvedge): Promise<void> {
  const { core, concurrent, env } = running;
  let next = 0;
  const some = async () => {
    for (let said; (said = core.delivery(handle, next)); ) {
      const index = next++;
      const outcome = isWrite(said) ? write(said, env) : send(said);
      for (const line of core.settle(handle, index, await outcome)) {
        if (line.startsWith("!")) await forgetToken(line.slice(1), running);
        else log.line(line);
      }
    }
  };
  const all = () => Promise.all(Array.from({ length: concurrent }, some));
  // The others are on their way while tokens are had for those that wait for one.
  await Promise.all([fetchTokens(handle, running), all()]);
  await all();
  const { lost } = await keep(core.parcels(handle), running);
  if (env[METRICS]) count(core.counts(handle, lost), env);
  const record = core.record(handle);
  if (record) await keepVisit(record, env);
}

/** Sends a request as the core writes it. */
export async function send({ lines, body }: Said): Promise<Asked> {
  const [method = "POST", url = "", deadline = "5000", most = "0", ...rest] = lines;
  const headers = new Headers();
  for (const line of rest) {
    const at = line.indexOf(": ");
    if (at > 0) headers.set(line.slice(0, at), line.slice(at + 2));
  }
  const signal = AbortSignal.timeout(Number(deadline));
  try {
    const init = { method, headers, redirect: "manual", signal } as const;
    const response = await fetch(url, body.byteLength > 0 ? { ...init, body } : init);
    const said = await beginning(response.body, Number(most));
    return { status: response.status, retryAfter: response.headers.get("retry-after") ?? "", body: said };
  } catch (problem) {
    return { late: signal.aborted, problem: String(problem) };
  }
}

/** The beginning of a body, of so many bytes; as much as came, where it breaks off. */
async function beginning(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array> {
  const read = new Uint8Array(most);
  let length = 0;
  const reader = body?.getReader();
  try {
    while (reader && length < most) {
      const { done, value } = await reader.read();
      if (done) break;
      const some = value.subarray(0, most - length);
      read.set(some, length);
      length += some.byteLength;
    }
    // What is not read would keep the connection.
    await reader?.cancel();
  } catch {
    // It broke off, or was late: what came must do.
  }
  return read.subarray(0, length);
}
