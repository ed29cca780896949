// What the two destinations were told, in the same words for both: an event a line, such as
//
//   page  "Your cart – Selvage & Co."  /cart.html  from /products/linen.html
//   Product Added  48 EUR SV-LIN-200×2  on /products/linen.html
//   user  cust-2291
//
// Addresses of the edge are without their host.

/** A page view; `from` is the referrer. */
export const page = (title, url, from) => `page  "${title}"  ${url}  from ${from ?? "nowhere"}`;

/** A track event: its value and products, and the address of its page. */
export const track = (name, what, url) => `${name}  ${what}  on ${url}`;

/** A user event. */
export const user = (id) => `user  ${id}`;

/** An event that the catcher has caught, as a line. */
export function line({ component, event }, edge) {
  const short = (url) => (url?.startsWith(`${edge}/`) ? url.slice(edge.length) : url);
  return component === "ga4" ? google(event, short) : own(event, short);
}

function own({ type, data, context }, short) {
  if (type === "page") return page(data.title, short(data.url), short(data.referrer));
  if (type === "user") return user(data.user_id);
  const { value, currency, products = [] } = data.properties ?? {};
  const items = products.map(({ sku, quantity }) => `${sku}×${quantity}`);
  return track(data.name, [value, currency, ...items].filter(Boolean).join(" "), short(context.page.url));
}

/** Google's names for what the shop says. */
const NAMES = {
  view_item: "Product Viewed",
  add_to_cart: "Product Added",
  begin_checkout: "Checkout Started",
  purchase: "Order Completed",
};

function google(event, short) {
  const { en, dt, dl, dr, cu, uid } = event;
  if (en === "page_view") return page(dt, short(dl), short(dr));
  if (en === "user") return user(uid);
  const items = Object.keys(event)
    .filter((name) => /^pr\d+$/.test(name))
    .map((name) => Object.fromEntries(event[name].split("~").map((pair) => [pair.slice(0, 2), pair.slice(2)])))
    .map(({ id, qt }) => `${id}×${qt}`);
  return track(NAMES[en] ?? en, [event["epn.value"], cu, ...items].filter(Boolean).join(" "), short(dl));
}
