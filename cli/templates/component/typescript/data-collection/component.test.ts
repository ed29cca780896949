import assert from "node:assert/strict";
import { test } from "node:test";

import { dataCollection } from "./component.js";
import type { Event } from "./interface.js";

const event = {
  uuid: "i",
  timestampMillis: 7n,
  eventType: "track",
  data: { tag: "track", val: { name: "purchase", properties: [], products: [] } },
  context: { user: { edgeeId: "v" }, page: { url: "https://shop.example/" } },
} as unknown as Event;

test("an event is sent with its name and its page", () => {
  const request = dataCollection.track(event, [["api_key", "k"]]);
  assert.equal(JSON.parse(request.body).name, "purchase");
  assert.equal(JSON.parse(request.body).url, "https://shop.example/");
});

test("without its key it says what is missing", () => {
  assert.throws(() => dataCollection.track(event, []), (thrown) => thrown === "the setting api_key is missing");
});
