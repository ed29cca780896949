/** What may be consented to, purpose by purpose. */
export type Purpose = "analytics" | "advertising" | "personalization" | "functional";

/** A choice: a word for all purposes, or each purpose for itself. A purpose that is not named is not granted. */
export type Consent = "granted" | "denied" | "pending" | Partial<Record<Purpose, boolean>>;

/** Which components may have an event: `{ x: false }` is all but `x`, `{ all: false, x: true }` is `x` alone. */
export type Components = Record<string, boolean>;

/** Values keep their types, in lists and objects too. */
export type Properties = Record<string, unknown>;

/** A page, as far as it does not speak for itself. */
export interface PageData {
  name?: string;
  category?: string;
  keywords?: string[];
  title?: string;
  /** Absolute. Without it: the canonical URL, or the one that is visited. */
  url?: string;
  path?: string;
  search?: string;
  referrer?: string;
  properties?: Properties;
}

/** Something that somebody did. */
export interface TrackData {
  name: string;
  properties?: Properties;
}

/** Who somebody is. */
export interface UserData {
  user_id?: string;
  anonymous_id?: string;
  properties?: Properties;
}

/** Where a visit comes from, where the address does not say it. */
export interface CampaignData {
  name?: string;
  source?: string;
  medium?: string;
  term?: string;
  content?: string;
  creative_format?: string;
  marketing_tactic?: string;
}

/** `window.selvedge`. Every method answers with the object itself. None throws, and none waits. */
export interface Selvedge {
  /** A page was viewed. */
  page(data?: PageData, components?: Components): Selvedge;
  page(name: string, components?: Components): Selvedge;
  /** Somebody did something. */
  track(data: TrackData, components?: Components): Selvedge;
  track(name: string, properties?: Properties, components?: Components): Selvedge;
  /** Somebody said who they are. */
  user(data: UserData, components?: Components): Selvedge;
  user(userId: string, properties?: Properties, components?: Components): Selvedge;
  /** The visitor's choice, from now on. */
  consent(choice: Consent): Selvedge;
  /** The visitor is somebody else from now on: a sign-out, a shared computer. */
  reset(): Selvedge;
}

/** A method's name and what it was called with, from before the SDK had loaded. */
export type Call = { [M in keyof Selvedge]: [M, Parameters<Selvedge[M]>] }[keyof Selvedge];

/** What stands in for the SDK until it has loaded. */
export type Stub = Selvedge & { q: Call[] };

/** The text of `<script type="application/json" id="__SELVEDGE_DATA_LAYER__">`, parsed. */
export interface DataLayer {
  data_collection?: {
    context?: { page?: PageData; user?: UserData; campaign?: CampaignData };
    events?: EventData[];
    components?: Components;
    /** What `components` is called on pages that were written for Edgee. */
    destinations?: Components;
    consent?: Consent;
  };
}

/** An event of a data layer. */
export type EventData = (
  | { type: "page"; data?: PageData }
  | { type: "track"; data: TrackData }
  | { type: "user"; data: UserData }
) & {
  uuid?: string;
  /** RFC 3339, or milliseconds since 1970. */
  timestamp?: string | number;
  components?: Components;
  consent?: Consent;
};

declare global {
  interface Window {
    selvedge?: Selvedge;
  }
  interface WindowEventMap {
    /** The SDK has loaded, and has made the calls that were made before. */
    "selvedge:loaded": Event;
  }
}

/** `window.selvedge`, whether the SDK has loaded or not. On a server, its calls do nothing. */
export declare const selvedge: Selvedge;
