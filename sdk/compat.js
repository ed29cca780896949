// Edgee's name and manners for the SDK, which this follows where a page may have been written for Edgee. What is there
// already stays. Only calls that Edgee's SDK takes otherwise are put into our words.
(() => {
  const sdk = window.selvedge;
  if (!sdk || window.edgee?.load) return;
  const text = (value) => typeof value === "string";
  const api = {
    load: true, // by which a copy of Edgee's own script knows that it is not needed
    page: (data, components) => (sdk.page(data, components), api),
    // The second argument is who may have it, not what is to be said: that is in the first.
    track: (event, components) => (sdk.track(text(event) ? { name: event } : event, components), api),
    user: (user, components) => (sdk.user(text(user) ? { user_id: user } : user, components), api),
    consent: (state) => (sdk.consent(state), api),
  };
  window.edgee = api;
  dispatchEvent(new Event("edgee:loaded"));
})();
