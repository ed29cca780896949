import type { DataLayer } from "./types.js";

export type Layer = NonNullable<DataLayer["data_collection"]>;

/** What the page says of itself, as it stands now: an application may rewrite it as it goes. */
export const layer = (): Layer => {
  try {
    const find = (id: string) => document.getElementById(id);
    const element = find("__SELVEDGE_DATA_LAYER__") || find("__EDGEE_DATA_LAYER__");
    return (JSON.parse(element!.textContent!) as DataLayer).data_collection || {};
  } catch {
    return {};
  }
};
