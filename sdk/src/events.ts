// From calls to payloads.

import { holds } from "./consent.js";
import { context } from "./context.js";
import { layer } from "./layer.js";
import { push, type Payload, type Sent } from "./send.js";
import type { Components, PageData } from "./types.js";

/**
 * What happens now. Its ids and times are its own for good: what is sent twice is known by them.
 * What the page says of components and consent holds for what happens on it, until the visitor says something else.
 */
export const happened = (events: Sent[], page?: PageData): Payload => ({
  events: events.map((event) => ({
    // Pages without TLS have no randomUUID. But a random UUID ends the URL of a blob, on every page (File API, §8.3).
    uuid: crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36),
    timestamp: Date.now(),
    ...event,
  })),
  context: context(page),
  components: layer().components || layer().destinations,
  consent: holds(),
});

/** Sends an event; on the page that is shown, or on another. */
export const event = (type: string, data?: unknown, components?: Components, page?: PageData): void =>
  push(happened([{ type, data, components }], page));

/** Sends what the SDK has noticed by itself. */
export const noticed = (name: string, properties: object, page?: PageData): void =>
  event("track", { name, properties }, undefined, page);
