// What stands in for the SDK until it has loaded: it notes down what is called. The edge puts it into the page, before the
// SDK's own element; the entry for applications makes one where there is none.

import type { Call, Stub } from "./types.js";

export const METHODS = ["page", "track", "user", "consent", "reset"] as const;

export const stub = (): Stub => {
  const q: Call[] = [];
  const calls: Record<string, unknown> = { q };
  for (const name of METHODS) calls[name] = (...given: unknown[]) => (q.push([name, given] as unknown as Call), calls);
  return calls as unknown as Stub;
};
