// What of a page is left for the browser to report.

import { chosen } from "./consent.js";
import { event, send } from "./events.js";
import { layer } from "./layer.js";
import type { Consent } from "./types.js";

// The edge reports a page that passes it. One that came over the network only in part, or not at all, is one that the
// browser had kept. Going back is no new view.
const unseen = (report: string): boolean => {
  const [{ type, transferSize, encodedBodySize } = {} as PerformanceNavigationTiming] = performance.getEntriesByType(
    "navigation",
  ) as PerformanceNavigationTiming[];
  return type !== "back_forward" && (report === "all" || transferSize < encodedBodySize);
};

// The tag says what the edge has left to report: nothing; the view; of a page that was fetched before anybody saw it,
// all that it has to tell; or the same of a page that it has reported, if the browser shows what it kept of it.
export const report = (what: string | undefined, consent: (choice: Consent) => void): void => {
  const said = layer();
  const all = () => unseen(what!) && send(said.events || [{ type: "page" }]);
  if (what === "view") event("page");
  // What the visitor has said already counts for more than what the page was written with.
  else if (said.consent && what !== "all" && !chosen()) consent(said.consent);
  if (what !== "all" && what !== "kept") return;
  // Sizes are known in the end.
  if (document.readyState === "complete") all();
  else addEventListener("load", () => setTimeout(all));
};
