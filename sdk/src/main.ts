// The browser's side of Selvedge: `window.selvedge.page/track/user/consent/reset`. Each call posts an event to the edge,
// which does everything else.

import { watch } from "./capture.js";
import { choose, reset } from "./consent.js";
import { on } from "./dom.js";
import { watchEngagement } from "./engagement.js";
import { event } from "./events.js";
import { watchLinks } from "./link.js";
import { fresh, watchNavigations } from "./navigations.js";
import { report } from "./report.js";
import { connect } from "./send.js";
import type { Call, Components, PageData, Selvedge, Stub } from "./types.js";

const tag = (document.currentScript || document.getElementById("__SELVEDGE_SDK__")) as HTMLScriptElement | null;
const stub = window.selvedge as Stub | undefined;
// Somebody else's, or a second tag of ours: what is there stays.
if (tag && (!stub || stub.q)) {
  const at = (name: string) => new URL(name, tag.src);
  const { report: left, navigations, engagement, capture, link } = tag.dataset;

  // The object that stood in for this one is completed, because somebody may have kept it.
  const api = (stub || {}) as Selvedge & { q?: Call[] };
  const call = (type: string, name: string) => (first: unknown, second?: unknown, third?: unknown) =>
    typeof first === "string"
      ? event(type, { [name]: first, properties: second }, third as Components)
      : event(type, first, second as Components);
  const methods: Record<string, (...given: any[]) => unknown> = {
    page: (first?: string | PageData, components?: Components) =>
      fresh((first as PageData | undefined)?.url) &&
      event("page", typeof first === "string" ? { name: first } : first, components),
    track: call("track", "name"),
    user: call("user", "user_id"),
    consent: choose,
    reset,
  };
  for (const name in methods) {
    (api as unknown as typeof methods)[name] = (...given) => (methods[name]!(...given), api);
  }
  window.selvedge = api;

  const calls = api.q || [];
  const make = ([name, given]: Call) => methods[name]?.(...given);
  delete api.q;
  calls.map(make);
  // One that has kept only a method of the stub calls this.
  calls.push = make as unknown as typeof calls.push;
  if (link) watchLinks(link, at("link"));

  const start = () => {
    report(left);
    if (navigations != null) watchNavigations();
    if (engagement != null) watchEngagement();
    if (capture) watch(capture);
    connect(at("event"));
  };
  if ((document as { prerendering?: boolean }).prerendering) on("prerenderingchange", start);
  else start();
  dispatchEvent(new Event("selvedge:loaded"));
}
