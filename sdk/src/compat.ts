// The seam for pages that were written for another SDK. An entry of its own (`build.mjs` bundles it once it is listed
// there): it gives `window.selvedge` the names that such a page calls, through the stub, so that the order in which the
// scripts load does not matter.

import { selvedge } from "./index.js";

export { selvedge };
