// The counts on Cloudflare: data points of Workers Analytics Engine, where a dataset is bound. On Fastly they are lines: see
// log.rs there.

import type { Env } from "./start";
import * as log from "./log";

/** The name of the dataset's binding, as wrangler.toml has it. */
export const METRICS = "SELVEDGE_METRICS";

/** Writes points as the core makes them. It returns at once, and what becomes of them nobody is told. */
export function count(points: string[], env: Env): void {
  const dataset = env[METRICS] as AnalyticsEngineDataset;
  try {
    for (const point of points) dataset.writeDataPoint(JSON.parse(point) as AnalyticsEngineDataPoint);
  } catch (problem) {
    log.problem("the counts", problem);
  }
}
