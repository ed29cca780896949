// The interface edgee:components/consent-mapping@1.0.0 (see wit/), in TypeScript's terms.

/** Pairs of keys and values, in their order. */
export type Dict = [string, string][];

export type Consent = "pending" | "granted" | "denied";

export interface ConsentMapping {
  /** What the cookies say; undefined where they say nothing. */
  map(cookies: Dict, settings: Dict): Consent | undefined;
}
