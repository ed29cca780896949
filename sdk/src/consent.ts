// What the visitor has said on this page: what they agree to, and that they are somebody else.

import { json } from "./dom.js";
import { layer } from "./layer.js";
import { push, revise, type Payload } from "./send.js";
import type { Consent } from "./types.js";

/** The visitor's choice, as far as it was made on this page. */
export let choice: Consent | undefined;
/** The user whom the page names, and who is gone: until it names somebody else. */
export let left: string | undefined;
/** What the page has told, if those who need an agreement did not get it. */
let withheld: Payload | undefined | void;

/** What holds now: what the visitor has said, else what the page says. Nothing: the edge knows an earlier choice. */
export const holds = (): Consent | undefined => choice || layer().consent;

/**
 * Whether a payload that was not sent yet is still to be sent: of several choices, the last one counts. One that is less
 * than everything holds for what happened before it, too. The edge knows what is to be left of that.
 */
export const stands = (payload: Payload): unknown =>
  !choice ||
  payload.reset ||
  (payload.events ? choice === "granted" || (payload.consent = choice) : json(payload.consent) === json(choice));

/**
 * Whether a payload may be kept in the browser. Events may when analytics was agreed to in so many words; a choice and
 * a sign-out may always, because to keep those is what the visitor asked for.
 */
export const storable = ({ events, consent }: Payload): unknown =>
  !events || consent === "granted" || (consent as { analytics?: boolean } | undefined)?.analytics;

/** Those who get something from now on get what was withheld, too. */
export const release = (payload = withheld): void => {
  withheld =
    payload && /granted|true/.test(json(choice)) ? push({ ...payload, consent: choice, withheld: true }) : payload;
};

export const choose = (made: Consent): void => {
  choice = made;
  revise();
  push({ consent: made });
  release();
};

/** The visitor is somebody else: what the one before has said, and has seen, is not theirs. */
export const reset = (): void => {
  choice = withheld = undefined;
  left = json(layer().context?.user);
  push({ reset: true });
};
