// The interface edgee:components/data-collection@1.0.0 (see wit/), in TypeScript's terms. A text that is not known is empty.

/** Pairs of keys and values, in their order. */
export type Dict = [string, string][];

export interface DataCollection {
  page(event: Event, settings: Dict): Request;
  track(event: Event, settings: Dict): Request;
  user(event: Event, settings: Dict): Request;
}

export interface Event {
  uuid: string;
  /** Seconds since 1970; then milliseconds, and microseconds. */
  timestamp: bigint;
  timestampMillis: bigint;
  timestampMicros: bigint;
  eventType: "page" | "track" | "user";
  data: { tag: "page"; val: Page } | { tag: "track"; val: Track } | { tag: "user"; val: User };
  context: { page: Page; user: User; client: Client; campaign: Campaign; session: Session };
  consent?: "pending" | "granted" | "denied";
}

export interface Page {
  name: string;
  category: string;
  keywords: string[];
  title: string;
  url: string;
  path: string;
  search: string;
  referrer: string;
  properties: Dict;
}

export interface Track {
  name: string;
  properties: Dict;
  products: Dict[];
}

export interface User {
  userId: string;
  anonymousId: string;
  edgeeId: string;
  properties: Dict;
}

export interface Client {
  ip: string;
  locale: string;
  timezone: string;
  userAgent: string;
  userAgentArchitecture: string;
  userAgentBitness: string;
  userAgentVersionList: string;
  userAgentFullVersionList: string;
  userAgentMobile: string;
  userAgentModel: string;
  osName: string;
  osVersion: string;
  screenWidth: number;
  screenHeight: number;
  screenDensity: number;
  continent: string;
  countryCode: string;
  countryName: string;
  region: string;
  city: string;
}

export interface Campaign {
  name: string;
  source: string;
  medium: string;
  term: string;
  content: string;
  creativeFormat: string;
  marketingTactic: string;
}

export interface Session {
  sessionId: string;
  previousSessionId: string;
  sessionCount: number;
  sessionStart: boolean;
  /** Seconds since 1970. */
  firstSeen: bigint;
  lastSeen: bigint;
}

/** What the host shall send. Forwarding adds the visitor's address, language and browser. */
export interface Request {
  method: "GET" | "PUT" | "POST" | "DELETE";
  url: string;
  headers: Dict;
  forwardClientHeaders: boolean;
  body: string;
}
