// From calls to payloads.

import { holds } from "./consent.js";
import { context } from "./context.js";
import { layer } from "./layer.js";
import { push, type Sent } from "./send.js";
import type { Components, PageData } from "./types.js";

// Pages without TLS have no randomUUID. But a random UUID ends the URL of a blob, on every page (File API, §8.3).
const uuid = (): string => crypto.randomUUID?.() ?? URL.createObjectURL(new Blob()).slice(-36);

/**
 * Sends events. Their ids and times are theirs for good: what is sent twice is known by them.
 * What the page says of components and consent holds for what happens on it, until the visitor says something else.
 */
export const send = (events: Sent[], page?: PageData): void => {
  const where = context();
  if (page) where.page = page;
  const named = events.map((event) => ({ uuid: uuid(), timestamp: Date.now(), ...event }));
  push({ events: named, context: where, components: layer().components, consent: holds() });
};

/** Sends an event; on the page that is shown, or on another. */
export const event = (type: string, data?: unknown, components?: Components, page?: PageData): void =>
  send([{ type, data, components }], page);

/** Sends what the SDK has noticed by itself. */
export const noticed = (name: string, properties: object, page?: PageData): void =>
  event("track", { name, properties }, undefined, page);
