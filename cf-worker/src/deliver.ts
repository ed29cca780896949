// Sending events, after the response: as many requests at once as the platform allows, each with its deadline.

import type { Outcome, Said } from "./core";
import { keep } from "./outbox";
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
  const { core, concurrent } = running;
  let next = 0;
  const some = async () => {
    for (let index = next++, said; (said = core.delivery(handle, index)); index = next++) {
      log.line(core.settle(handle, index, await send(said)));
    }
  };
  await Promise.all(Array.from({ length: concurrent }, some));
  await keep(core.parcels(handle), running);
}

async function send({ lines, body }: Said): Promise<Outcome> {
  const [method = "POST", url = "", deadline = "5000", ...rest] = lines;
  const headers = new Headers();
  for (const line of rest) {
    const at = line.indexOf(": ");
    if (at > 0) headers.set(line.slice(0, at), line.slice(at + 2));
  }
  const signal = AbortSignal.timeout(Number(deadline));
  try {
    const init = { method, headers, redirect: "manual", signal } as const;
    const response = await fetch(url, body.byteLength > 0 ? { ...init, body } : init);
    // What it says is not read; an unread body would keep the connection.
    await response.body?.cancel();
    return { status: response.status, retryAfter: response.headers.get("retry-after") ?? "" };
  } catch (problem) {
    return { late: signal.aborted, problem: String(problem) };
  }
}
