// The stub as the edge puts it into pages.

import { stub } from "./stub.js";

window.selvedge ||= stub();
