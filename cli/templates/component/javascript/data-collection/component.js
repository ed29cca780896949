// A destination: each function makes of an event the request that the host will send. What it throws is the reason why
// there is none.

/** The interface edgee:components/data-collection. */
export const dataCollection = {
  page: (event, settings) => send("page", event.data.val.title, event, settings),
  track: (event, settings) => send("track", event.data.val.name, event, settings),
  user: (event, settings) => send("user", event.data.val.userId, event, settings),
};

function send(kind, name, event, settings) {
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
      type: kind,
      id: event.uuid,
      at: Number(event.timestampMillis), // 64 bits come as a BigInt
      visitor: event.context.user.edgeeId,
      name,
      url: event.context.page.url,
    }),
  };
}
