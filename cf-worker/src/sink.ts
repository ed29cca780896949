// What Cloudflare itself takes records by: queues and Analytics Engine's datasets, by the Worker's bindings.

import type { Outcome, Said } from "./core";
import type { Env } from "./start";

const decoder = new TextDecoder();

/** Whether what the core says is a write, and not a request. */
export function isWrite({ lines }: Said): boolean {
  return lines[0] === "queue" || lines[0] === "dataset";
}

/** Writes to a sink: its kind, its binding, a deadline; and a record of JSON a line. */
export async function write({ lines, body }: Said, env: Env): Promise<Outcome> {
  const [sink, name = "", deadline = "5000"] = lines;
  const records: unknown[] = decoder.decode(body).split("\n").map((record) => JSON.parse(record));
  const late = AbortSignal.timeout(Number(deadline));
  try {
    if (sink === "queue") {
      const queue = bound<Queue>(env, name, "sendBatch", "queue");
      const sent = queue.sendBatch(records.map((body) => ({ body, contentType: "json" })));
      // A queue that is late may have taken the messages all the same: they come again with the same ids.
      await Promise.race([sent, aborted(late)]);
    } else {
      // It returns at once, and what becomes of the point nobody is told.
      const dataset = bound<AnalyticsEngineDataset>(env, name, "writeDataPoint", "dataset of Analytics Engine");
      for (const record of records) dataset.writeDataPoint(record as AnalyticsEngineDataPoint);
    }
    return "written";
  } catch (problem) {
    return { late: late.aborted, problem: String(problem) };
  }
}

function bound<T>(env: Env, name: string, method: keyof T, what: string): T {
  const binding = env[name] as T | undefined;
  if (typeof binding?.[method] !== "function") throw new Error(`there is no ${what} bound to ${name}`);
  return binding;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}
