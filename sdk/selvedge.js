// The browser's side of Selvedge: `window.selvedge.page/track/user/consent`. Each call posts an event to the edge,
// which does everything else.
(() => {
  const tag = document.currentScript || document.getElementById("__SELVEDGE_SDK__");
  if (window.selvedge || !tag) return;
  const endpoint = new URL("event", tag.src).href;
  const layer = () => {
    try {
      const id = ["__SELVEDGE_DATA_LAYER__", "__EDGEE_DATA_LAYER__", "__EDGEE_CONTEXT__"].find((id) => document.getElementById(id));
      return JSON.parse(document.getElementById(id).textContent).data_collection || {};
    } catch {
      return {};
    }
  };
  const here = () => location.href.split("#")[0];
  const opened = here();
  // As the edge has it, the canonical one; unless a script has put another page in this one's place.
  const address = () => {
    const canonical = document.querySelector('head link[rel~="canonical" i]')?.href;
    const known = here() === opened && /^https?:/.test(canonical);
    return new URL(known ? canonical.split("#")[0] : here());
  };
  const context = () => {
    const { page, user, campaign } = layer().context || {};
    const { href, pathname } = address();
    return {
      page: {
        url: href,
        path: pathname,
        search: location.search || undefined,
        title: document.title,
        referrer: document.referrer || undefined,
        ...page, // what the page says of itself wins
      },
      user,
      campaign,
      client: {
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        screen_width: screen.width,
        screen_height: screen.height,
        screen_density: devicePixelRatio,
      },
    };
  };
  const post = (data) => {
    const body = JSON.stringify({ data_collection: data });
    // The answer is read to its end: a request that is still open would be cancelled with the page, and keep it out of
    // the back/forward cache.
    return fetch(endpoint, { method: "POST", body, credentials: "include", keepalive: body.length < 6e4 })
      .then((answer) => answer.text())
      .catch(() => {});
  };
  let choice;
  // What the page says of components and consent holds for what happens on it, until the visitor says something else.
  const send = (events) => {
    const { components, consent } = layer();
    return post({ events, context: context(), components, consent: choice || consent });
  };
  const event = (type, data, components) => send([{ type, uuid: crypto.randomUUID?.(), data, components }]);
  const named = (key, first, rest) => (typeof first === "string" ? { [key]: first, ...rest } : first);
  const api = {
    page: (data, components) => (event("page", named("name", data), components), api),
    track: (first, properties, components) =>
      (event("track", typeof first === "string" ? { name: first, properties } : first, components), api),
    user: (first, properties, components) =>
      (event("user", typeof first === "string" ? { user_id: first, properties } : first, components), api),
    consent: (state) => (post({ consent: (choice = state) }), api),
  };
  window.selvedge = api;
  // The edge reports a page that passes it. One that came over the network only in part, or not at all, is one that the
  // browser had kept. Going back is no new view.
  const unseen = (report) => {
    const [{ type, transferSize, encodedBodySize } = {}] = performance.getEntriesByType("navigation");
    return type !== "back_forward" && (report === "all" || transferSize < encodedBodySize);
  };
  // The tag says what the edge has left to report: nothing; the view; of a page that was fetched before anybody saw it,
  // all that it has to tell; or the same of a page that it has reported, if the browser shows what it kept of it.
  const start = () => {
    const { report } = tag.dataset;
    const { events = [{ type: "page" }], consent } = layer();
    const all = () => unseen(report) && send(events);
    if (report === "view") api.page();
    else if (consent && report !== "all") api.consent(consent);
    if (report !== "all" && report !== "kept") return;
    // Sizes are known in the end.
    if (document.readyState === "complete") all();
    else addEventListener("load", () => setTimeout(all), { once: true });
  };
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
  dispatchEvent(new Event("selvedge:loaded"));
})();
