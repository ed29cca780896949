// The browser's side of Selvedge: `window.selvedge.page/track/user/consent/reset`. Each call posts an event to the edge,
// which does everything else.

import { watch } from "./capture.js";
import { choose } from "./consent.js";
import { forgetUser, open } from "./context.js";
import { settle, watchEngagement } from "./engagement.js";
import { event } from "./events.js";
import { tidy, watchLinks } from "./link.js";
import { fresh, hurry, watchNavigations } from "./navigations.js";
import { report } from "./report.js";
import { connect, push, resume, revise } from "./send.js";
import type { Call, Components, Consent, PageData, Properties, Selvedge, Stub, TrackData, UserData } from "./types.js";

const boot = (tag: HTMLScriptElement, stub: Stub | undefined): void => {
  const at = (name: string) => new URL(name, tag.src).href;
  const { report: left, navigations, engagement, capture, link } = tag.dataset;

  // The object that stood in for this one is completed, because somebody may have kept it.
  const api = (stub ?? {}) as Selvedge & { q?: Call[] };
  const named = (name: string, first: unknown, properties?: unknown) =>
    typeof first === "string" ? { [name]: first, properties } : first;
  const methods: Record<string, (...given: any[]) => void> = {
    page: (first?: string | PageData, components?: Components) => {
      if (fresh((first as PageData | undefined)?.url)) event("page", named("name", first), components);
    },
    track: (first: string | TrackData, properties?: Properties, components?: Components) =>
      event("track", named("name", first, properties), components),
    user: (first: string | UserData, properties?: Properties, components?: Components) =>
      event("user", named("user_id", first, properties), components),
    consent: (choice: Consent) => {
      choose(choice);
      revise();
      push({ consent: choice });
    },
    reset: () => {
      choose(undefined);
      forgetUser();
      push({ reset: true });
    },
  };
  for (const name in methods) {
    (api as unknown as typeof methods)[name] = (...given) => (methods[name]!(...given), api);
  }
  window.selvedge = api;

  tidy();
  open();
  connect(at("event"), () => {
    hurry();
    settle();
  });
  const calls = api.q;
  if (calls) {
    delete api.q;
    const make = ([name, given]: Call) => methods[name]?.(...given);
    calls.forEach(make);
    // One that has kept only a method of the stub calls this.
    calls.push = make as unknown as typeof calls.push;
  }
  if (link) watchLinks(link, at("link"));

  const start = () => {
    report(left, api.consent);
    if (navigations != null) watchNavigations();
    if (engagement != null) watchEngagement();
    if (capture) watch(capture);
    resume();
  };
  if ((document as { prerendering?: boolean }).prerendering) {
    document.addEventListener("prerenderingchange", start);
  } else start();
  dispatchEvent(new Event("selvedge:loaded"));
};

const tag = document.currentScript || document.getElementById("__SELVEDGE_SDK__");
const before = window.selvedge as Stub | undefined;
// Somebody else's, or a second tag of ours: what is there stays.
if (tag && (!before || Array.isArray(before.q))) boot(tag as HTMLScriptElement, before);
