// The way to the edge. Payloads leave in the order in which they were made, one request at a time, because the answer to
// one may set the cookie that the next one carries. What waits is sent when the page goes out of sight; what could not be
// sent is tried again, by the next page if need be.

import { holds, stands, storable } from "./consent.js";
import { json, on } from "./dom.js";
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
  /** It happened before the visitor agreed. */
  withheld?: true;
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

let endpoint: URL;
let queue: Payload[] = [];
/** How many bytes are under way. */
let flying = 0;
/** While it is set, nothing is sent: the last request failed, or nobody sees the page yet. */
let pause: number | undefined = -1;
let failures = 0;

// What was agreed to on an earlier page may have been refused since.
const encode = (payload: Payload): string =>
  json({ data_collection: payload.kept ? { ...payload, consent: holds() } : payload });

/** Sends what waits first. */
const dispatch = async (): Promise<void> => {
  const payload = queue.shift()!;
  const body = encode(payload);
  // Browsers count bytes, and a text of Chinese has three times as many as characters.
  const bytes = new Blob([body]).size;
  let answered;
  flying += bytes;
  try {
    const answer = await fetch(endpoint, {
      method: "POST",
      body,
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
  if (!flying && !pause && queue[0]) void dispatch();
};

/**
 * Puts what may be kept in the browser into its storage, after what is there. What may not, stays here. With nothing to add
 * the storage is left alone: a tab that closes may be gone between taking and putting back.
 */
const keep = (): void => {
  const all: Payload[] = queue[0] ? take() : [];
  queue = queue.filter((payload) => !(storable(payload) && all.push({ ...payload, kept: !!payload.events })));
  while (all.length > Limit.KeptPayloads || json(all).length > Limit.KeptLength) all.shift();
  try {
    if (all[0]) localStorage.selvedge = json(all);
  } catch {
    queue.unshift(...all); // there is no storage, or no room in it
  }
};

/**
 * Takes what was kept out of the storage: what one page has taken, no other one sends, unless both looked at the same
 * moment. Then receivers know it by its ids.
 */
const take = (): Payload[] => {
  try {
    const kept = JSON.parse(localStorage.selvedge) as Payload[];
    delete localStorage.selvedge;
    // A time that is written as text is the page's own, and not this one's to judge.
    return kept.filter(({ events }) => !(events && Date.now() - (events[0]!.timestamp as number) > Limit.KeptAge));
  } catch {
    return [];
  }
};

/** A choice was made: it holds for what has not been sent, too. */
export const revise = (): void => {
  queue = [...take(), ...queue].filter(stands);
};

/** Sends what waits and what was kept. */
const resume = (): void => {
  pause = clearTimeout(pause) as undefined;
  revise();
  pump();
};

/** Takes a payload as it is now, whatever becomes of its objects. */
export const push = (payload: Payload): void => {
  try {
    queue.push(JSON.parse(json(payload)));
  } catch (problem) {
    console.error(problem); // what cannot be written as JSON must not break the page
  }
  pump();
};

/** Sends from now on. Whoever has something to say when the page goes out of sight has to listen for that before. */
export const connect = (url: URL): void => {
  endpoint = url;
  on("online pagehide pageshow visibilitychange", ({ type }) => {
    const gone = type === "pagehide";
    if (!gone && !document.hidden) return resume();
    // The page goes out of sight, and may not come back.
    while (!pause && navigator.onLine && queue[0] && flying + new Blob([encode(queue[0])]).size < Limit.Outliving) void dispatch();
    keep();
    // A last try, for what may not be kept.
    while (gone && queue[0]) void dispatch();
  });
  resume();
};
