import type { DataLayer } from "./types.js";

export type Layer = NonNullable<DataLayer["data_collection"]>;

/** What the page says of itself, as it stands now: an application may rewrite it as it goes. */
export const layer = (): Layer => {
  try {
    const element = document.querySelector("#__SELVEDGE_DATA_LAYER__,#__EDGEE_DATA_LAYER__,#__EDGEE_CONTEXT__");
    // Without comments, which the edge allows. What is like them in a text is none.
    const text = element!.textContent!.replace(/("(?:\\.|[^"\\])*")|\/\/.*|\/\*[^]*?(\*\/|$)/g, "$1");
    return (JSON.parse(text) as DataLayer).data_collection || {};
  } catch {
    return {};
  }
};
