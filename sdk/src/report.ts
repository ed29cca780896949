// What of a page is left for the browser to report.

import { choice, choose, release } from "./consent.js";
import { json, on } from "./dom.js";
import { event, happened } from "./events.js";
import { layer } from "./layer.js";
import { push } from "./send.js";

// The tag says what the edge has left to report: nothing; the view; of a page that was fetched before anybody saw it,
// all that it has to tell; or the same of a page that it has reported, if the browser shows what it kept of it, or if it
// was withheld from those who need an agreement that the visitor then gives.
export const report = (what: string | undefined): void => {
  if (what === "view") return event("page");
  const { consent } = layer();
  // What the visitor has said already counts for more than what the page was written with.
  if (consent && !choice) choose(consent);
  if (!what) return;
  const tell = () => {
    const said = layer();
    const told = happened(said.events || [{ type: "page" }]);
    const [{ type, transferSize, encodedBodySize } = {} as PerformanceNavigationTiming] = performance.getEntriesByType(
      "navigation",
    ) as PerformanceNavigationTiming[];
    if (!told.events![0]) return;
    // The edge reports a page that passes it. One that came over the network only in part, or not at all, is one that
    // the browser had kept. Going back is no new view. What the page itself says of consent was heard when it passed.
    if (what === "all" || transferSize < encodedBodySize) {
      if (type !== "back_forward") push(told);
    } else if (what === "withheld" && !/"consent":(?!"p)/.test(json(said))) release(told);
  };
  // Sizes are known in the end.
  if (document.readyState === "complete") tell();
  else on("load", () => setTimeout(tell));
};
