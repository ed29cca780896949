// A destination: each function makes of an event the request that the host will send. What it throws is the reason why
// there is none.

import type { DataCollection, Dict, Event, Request } from "./interface.js";

export const dataCollection: DataCollection = {
  page: (event, settings) => send(event.data.tag === "page" ? event.data.val.title : "", event, settings),
  track: (event, settings) => send(event.data.tag === "track" ? event.data.val.name : "", event, settings),
  user: (event, settings) => send(event.data.tag === "user" ? event.data.val.userId : "", event, settings),
};

function send(name: string, event: Event, settings: Dict): Request {
  const key = new Map(settings).get("api_key");
  if (!key) throw "the setting api_key is missing";
  return {
    method: "POST",
    url: "https://collect.example.com/v1/events",
    headers: [
      ["content-type", "application/json"],
      ["authorization", `Bearer ${key}`],
    ],
    forwardClientHeaders: false,
    body: JSON.stringify({
      type: event.eventType,
      id: event.uuid,
      at: Number(event.timestampMillis),
      visitor: event.context.user.edgeeId,
      name,
      url: event.context.page.url,
    }),
  };
}
