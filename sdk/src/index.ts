// For applications that are bundled: the same calls, before the SDK has loaded and after, and none on a server.

import { METHODS, stub } from "./stub.js";
import type { Selvedge } from "./types.js";

export type * from "./types.js";

const handle: Record<string, unknown> = {};
for (const name of METHODS) {
  handle[name] = (...given: unknown[]) => {
    // Looked up at each call: the page's own stub and the SDK come when they come.
    if (typeof window !== "undefined") {
      const there = (window.selvedge ??= stub()) as unknown as Record<string, ((...given: unknown[]) => unknown) | undefined>;
      there[name]?.(...given);
    }
    return handle;
  };
}

/** `window.selvedge`, whether the SDK has loaded or not. */
export const selvedge = handle as unknown as Selvedge;
