// Which visits are shown.

import { agreed } from "./words.js";

/** Whether a visit is among those that are looked for: `{ text, destination, consent }`, all of them or none. */
export function matches(visit, { text = "", destination = "", consent = "" }) {
  if (consent && agreed(visit.consent) !== consent) return false;
  if (destination && !touches(visit, destination)) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 || words.every((word) => haystack(visit).includes(word));
}

/** Whether anything was decided for a destination. */
function touches({ destinations }, wanted) {
  const { requests, drops, kept } = destinations.find(({ id }) => id === wanted) ?? { requests: [], drops: [], kept: [] };
  return requests.length + drops.length + kept.length > 0;
}

const texts = new WeakMap();

/** Everything that is known of a visit, in lower case: made when it is first searched, and again when more is known. */
function haystack(visit) {
  const known = texts.get(visit);
  if (known?.version === visit.version) return known.text;
  const { line, destinations, noViews, problems } = visit;
  const rest = destinations.map(({ requests, drops, kept }) => [requests.map(({ outcomes }) => outcomes), drops, kept]);
  const text = JSON.stringify([line, rest, noViews, problems]).toLowerCase();
  texts.set(visit, { version: visit.version, text });
  return text;
}
