// How long a page was looked at: while it is visible and has the focus.

import { context } from "./context.js";
import { on } from "./dom.js";
import { noticed } from "./events.js";
import type { PageData } from "./types.js";

const enum Look {
  /** Less is none, in milliseconds. */
  Least = 1e3,
}

let page: PageData | undefined;
let since = 0;
let total = 0;

const count = (): void => {
  const now = performance.now();
  if (since) total += now - since;
  since = document.hidden || !document.hasFocus() ? 0 : now;
};

/** Another page is looked at from now on. */
export const look = (): void => {
  if (page) page = context().page;
};

/** Tells how long the page was looked at since the last time. */
export const settle = (): void => {
  if (!page) return;
  count();
  if (total > Look.Least) {
    noticed("user_engagement", { engagement_time_msec: total | 0 }, page);
    total = 0;
  }
};

export const watchEngagement = (): void => {
  page = context().page;
  count();
  on("focus blur pageshow", count);
  on("pagehide visibilitychange", settle);
};
