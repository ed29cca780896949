// Reads what a visitor has agreed to from a cookie.

import type { Consent, ConsentMapping } from "./interface.js";

export const consentMapping: ConsentMapping = {
  map(cookies, settings) {
    const name = new Map(settings).get("cookie_name") ?? "consent";
    const answer = new Map(cookies).get(name);
    return answer === undefined ? undefined : meaning(answer);
  },
};

function meaning(answer: string): Consent {
  if (answer === "yes") return "granted";
  return answer === "no" ? "denied" : "pending";
}
