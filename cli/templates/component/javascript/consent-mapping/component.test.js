import assert from "node:assert/strict";
import { test } from "node:test";

import { consentMapping } from "./component.js";

test("yes is yes, and no is no", () => {
  const map = (answer) => consentMapping.map([["consent", answer]], []);
  assert.deepEqual(["yes", "no", "YES!"].map(map), ["granted", "denied", "pending"]);
});

test("where there is no cookie, nothing is known", () => {
  assert.equal(consentMapping.map([], []), undefined);
});
