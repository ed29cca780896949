// What the words of the log mean, in a sentence each. docs/diagnostics.md says more.

/** Why an event did not reach a destination, or waits. */
export const REASONS = {
  "without-consent": "A purpose that this destination needs is not granted.",
  "event-type": "The component’s events do not list this type.",
  "not-selected": "The event, or its page, names the components that may have it, and this is not one.",
  "already-reported": "It was withheld until the visitor agreed, and this destination has had it before.",
  sampled: "The visitor is not of the part that the component’s sample keeps.",
  filtered: "The component’s filter does not let it pass.",
  "too-large": "The event alone is larger than the destination takes in one piece.",
  "not-on-platform": "The component’s kind writes to what only another platform has.",
  "not-supported": "The destination has no use for this event, or its settings are not usable.",
  "component-refused": "The third party’s component answered with an error, which the log has.",
  "component-failed": "The third party’s component trapped, did not end, took too much memory, or returned what is no request.",
  "missing-secret": "A secret that the component’s settings name is not in the platform’s store.",
  "over-budget": "The platform’s subrequests, or what third parties’ components may compute, were spent on components that stand higher in the configuration.",
  rejected: "The destination answered that it will never take it: another try would not change that.",
  undelivered: "The destination could not be reached, failed or was late, and there is no outbox.",
  expired: "It was tried again for as long as delivery.keep_hours says, and was not taken.",
  "unknown-component": "It waited for a component that is not configured any more.",
  queue: "The component gets its events by way of the outbox.",
  "held-back": "The destination has been failing, and is left alone for a while.",
  "next-time": "The platform’s subrequests of this visit were spent; it waits for the next time.",
  "try-again": "The destination could not take it now, and will be asked again.",
  "dead-letter": "It was tried again and could not be delivered after all: it is set aside.",
};

/** Why a page that was opened is not a view. */
export const NO_VIEWS = {
  "not-edge": "Page views are the browser’s to report, or nobody’s.",
  prefetch: "It was fetched ahead of time: nobody has seen it yet.",
  prerender: "It was rendered ahead of time: nobody has seen it yet.",
  bot: "A program, by the platform’s judgement or by its own name.",
  "data-layer": "The data layer lists its events, and a page view is not among them.",
};

/** Who said something about consent. */
export const SOURCES = {
  event: "the event itself",
  payload: "the data layer, or the post that carried it",
  cmp: "the consent platform’s cookie",
  stored: "the choice that the visitor made before",
  region: "the default of the visitor’s country",
  default: "the configuration’s default",
};

/** What ended the reading of a page. */
export const RELEASED = {
  head: "at the end of its head",
  "data-layer": "once its data layer was found",
  limit: "at the limit of what is read",
  end: "at its end",
  refused: "at once: it is no page that can be read",
  failed: "where the parser gave up",
};

/** Where the SDK’s tag is. */
export const SDK = { injected: "put in", present: "in the page already", absent: "not in the page" };

/** `granted`, `denied`, `pending`; or `partial`, where the visitor agreed to some. */
export function agreed({ consent, purposes = {} } = {}) {
  return consent === "denied" && Object.values(purposes).some(Boolean) ? "partial" : (consent ?? "pending");
}

/** That in words. */
export const AGREED = { granted: "granted", partial: "in part", denied: "denied", pending: "pending" };

export const many = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

export function bytes(count) {
  if (count === undefined || count === null) return "";
  return count < 10_000 ? `${count.toLocaleString("en")} B` : `${Math.round(count / 1024).toLocaleString("en")} KiB`;
}

/** `12:03:44`, in the reader’s own time. */
export const clock = (time) => new Date(time).toLocaleTimeString("en-GB");
