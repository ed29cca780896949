// The visitor's choice, as far as it was made on this page.

import { layer } from "./layer.js";
import type { Payload } from "./send.js";
import type { Consent } from "./types.js";

let choice: Consent | undefined;

export const chosen = (): Consent | undefined => choice;

/** What holds now: what the visitor has said, else what the page says. Nothing: the edge knows an earlier choice. */
export const holds = (): Consent | undefined => choice || layer().consent;

export const choose = (made: Consent | undefined): void => {
  choice = made;
};

/**
 * Whether a payload that was not sent yet is still to be sent: of several choices, the last one counts. One that is less
 * than everything holds for what happened before it, too. The edge knows what is to be left of that.
 */
export const stands = (payload: Payload): boolean => {
  if (!choice || payload.reset) return true;
  if (!payload.events) return JSON.stringify(payload.consent) === JSON.stringify(choice);
  if (choice !== "granted") payload.consent = choice;
  return true;
};

/**
 * Whether a payload may be kept in the browser. Events may when analytics was agreed to in so many words; a choice and
 * a sign-out may always, because to keep those is what the visitor asked for.
 */
export const storable = ({ events, consent }: Payload): unknown =>
  !events || consent === "granted" || (consent as { analytics?: boolean } | undefined)?.analytics;
