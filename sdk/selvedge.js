// The browser's side of Selvedge: `window.selvedge.page/track/user/consent`. Each call posts an event to the edge,
// which does everything else.
(() => {
  const tag = document.currentScript || document.getElementById("__SELVEDGE_SDK__");
  if (window.selvedge || !tag) return;
  const endpoint = new URL("event", tag.src).href;
  const layer = () => {
    try {
      return JSON.parse(document.getElementById("__SELVEDGE_DATA_LAYER__").textContent).data_collection || {};
    } catch {
      return {};
    }
  };
  const context = () => {
    const { page, user, campaign } = layer().context || {};
    return {
      page: {
        url: location.href,
        path: location.pathname,
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
    return fetch(endpoint, { method: "POST", body, credentials: "include", keepalive: body.length < 6e4 })
      .catch(() => {});
  };
  const event = (type, data, components) =>
    post({ events: [{ type, uuid: crypto.randomUUID?.(), data, components }], context: context() });
  const named = (key, first, rest) => (typeof first === "string" ? { [key]: first, ...rest } : first);
  const api = {
    page: (data, components) => (event("page", named("name", data), components), api),
    track: (first, properties, components) =>
      (event("track", typeof first === "string" ? { name: first, properties } : first, components), api),
    user: (first, properties, components) =>
      (event("user", typeof first === "string" ? { user_id: first, properties } : first, components), api),
    consent: (state) => (post({ consent: state }), api),
  };
  window.selvedge = api;
  // The tag says what the edge has left to report: nothing, the view, or, of a page that was fetched before anybody saw
  // it, all that it has to tell.
  const report = () => {
    const { events, consent } = layer();
    const { report } = tag.dataset;
    if (report === "all" && events) post({ ...layer(), context: context() });
    else if (report) api.page();
    else if (consent) api.consent(consent);
  };
  if (document.prerendering) document.addEventListener("prerenderingchange", report, { once: true });
  else report();
  dispatchEvent(new Event("selvedge:loaded"));
})();
