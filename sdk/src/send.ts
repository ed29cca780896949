// The way to the edge. Payloads leave in the order in which they were made, one request at a time, because the answer to
// one may set the cookie that the next one carries. What waits is sent when the page goes out of sight; what could not be
// sent is tried again, by the next page if need be.

import { holds, stands, storable } from "./consent.js";
import type { Context } from "./context.js";
import type { Components, Consent } from "./types.js";

export interface Sent {
  type: string;
  uuid?: string;
  timestamp?: string | number;
  data?: unknown;
  components?: Components | undefined;
}

/** A `data_collection`. */
export interface Payload {
  events?: Sent[];
  context?: Context;
  components?: Components | undefined;
  consent?: Consent | undefined;
  reset?: true;
  /** It comes from the browser's storage. */
  kept?: boolean;
}

const enum Limit {
  /** Browsers let requests outlive their page as long as the bodies under way have 64 KiB together. */
  Outliving = 6e4,
  /** An answer that takes longer is none, in milliseconds. */
  Patience = 1e4,
  /** What is kept in the browser: payloads, characters of them, and milliseconds, after which the edge doubts a time. */
  KeptPayloads = 50,
  KeptLength = 6e4,
  KeptAge = 72 * 36e5,
  /**
   * The first pause after a failure, in milliseconds; each is twice the one before, for so many failures. In the end it is
   * minutes, because a policy or a blocker that forbids the request tells of every try.
   */
  Pause = 1e3,
  Doublings = 9,
}

let endpoint: string;
let leave: () => void;
let queue: Payload[] = [];
/** How many bytes are under way. */
let flying = 0;
/** While it is set, nothing is sent: the last request failed. */
let pause: number | undefined;
let failures = 0;

// What was agreed to on an earlier page may have been refused since.
const encode = (payload: Payload): string =>
  JSON.stringify({ data_collection: payload.kept ? { ...payload, consent: holds() } : payload });
// In bytes: browsers count them, and a text of Chinese has three times its length.
const size = (payload: Payload): number => new Blob([encode(payload)]).size;

const dispatch = async (payload: Payload): Promise<void> => {
  const bytes = size(payload);
  let answered;
  flying += bytes;
  try {
    const answer = await fetch(endpoint, {
      method: "POST",
      body: encode(payload),
      credentials: "include",
      keepalive: flying < Limit.Outliving,
      signal: AbortSignal.timeout?.(Limit.Patience),
    });
    // A refusal is an answer too: it will not change.
    answered = answer.status < 500 && answer.status !== 429;
    // The answer is read to its end: a request that is still open would be cancelled with the page, and keep it out of
    // the back/forward cache.
    await answer.text();
  } catch {
    // There was no answer, or not all of it.
  }
  flying -= bytes;
  if (answered) failures = 0;
  else if (stands(payload)) {
    queue.unshift(payload);
    pause = setTimeout(resume, Limit.Pause << Math.min(failures++, Limit.Doublings)) as unknown as number;
    if (document.hidden) keep();
  }
  pump();
};

const pump = (): void => {
  if (!flying && !pause && queue[0]) void dispatch(queue.shift()!);
};

/** Puts what may be kept in the browser into its storage, after what is there. What may not, stays here. */
const keep = (): void => {
  const all = take();
  queue = queue.filter((payload) => !(storable(payload) && all.push({ ...payload, kept: !!payload.events })));
  while (all.length > Limit.KeptPayloads || JSON.stringify(all).length > Limit.KeptLength) all.shift();
  try {
    if (all[0]) localStorage.selvedge = JSON.stringify(all);
  } catch {
    queue.unshift(...all); // there is no storage, or no room in it
  }
};

/** Takes what was kept out of the storage: what one page has taken, no other one sends. */
const take = (): Payload[] => {
  try {
    const kept = JSON.parse(localStorage.selvedge) as Payload[];
    delete localStorage.selvedge;
    // A time that is written as text is the page's own, and not this one's to judge.
    return kept.filter(({ events }) => !(events && Date.now() - +events[0]!.timestamp! > Limit.KeptAge));
  } catch {
    return [];
  }
};

/** A choice was made: it holds for what has not been sent, too. */
export const revise = (): void => {
  queue = [...take(), ...queue].filter(stands);
};

/** Sends what waits and what was kept. */
export const resume = (): void => {
  pause = clearTimeout(pause) as undefined;
  revise();
  pump();
};

/** The page goes out of sight, and may not come back. */
const hide = (gone: boolean): void => {
  leave();
  const send = () => void dispatch(queue.shift()!);
  while (!pause && navigator.onLine && queue[0] && flying + size(queue[0]) < Limit.Outliving) send();
  keep();
  // A last try, for what may not be kept.
  while (gone && queue[0]) send();
};

/** Takes a payload as it is now, whatever becomes of its objects. */
export const push = (payload: Payload): void => {
  try {
    queue.push(JSON.parse(JSON.stringify(payload)));
  } catch (problem) {
    console.error(problem); // what cannot be written as JSON must not break the page
  }
  pump();
};

/** `last` says what still has to be said when the page goes out of sight, perhaps for good. */
export const connect = (url: string, last: () => void): void => {
  endpoint = url;
  leave = last;
  const turn = ({ type }: Event) => {
    const gone = type === "pagehide";
    if (gone || document.hidden) hide(gone);
    else resume();
  };
  for (const moment of ["pagehide", "visibilitychange", "pageshow", "online"]) addEventListener(moment, turn);
};
