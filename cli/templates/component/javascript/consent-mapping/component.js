// Reads what a visitor has agreed to from a cookie.

/** The interface edgee:components/consent-mapping. */
export const consentMapping = {
  map(cookies, settings) {
    const name = new Map(settings).get("cookie_name") ?? "consent";
    const answer = new Map(cookies).get(name);
    return answer === undefined ? undefined : meaning(answer);
  },
};

function meaning(answer) {
  if (answer === "yes") return "granted";
  return answer === "no" ? "denied" : "pending";
}
