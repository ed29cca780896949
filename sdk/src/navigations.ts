// Single-page applications: every changed address is a page view, told once, by the application or by this.

import { came, here, turned } from "./context.js";
import { on } from "./dom.js";
import { look, settle } from "./engagement.js";
import { event } from "./events.js";

const enum After {
  /** How long an application has for the new title, in milliseconds. */
  Title = 100,
  /** How long it has to tell the view itself, if it does. */
  Own = 2000,
  /** How often to look at the address in a browser that does not tell. */
  Look = 200,
}

/** The address that was viewed last; none as long as nobody watches. */
let seen: string | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;
let told = 0;

const moved = (): unknown => seen && seen !== here();

const arrived = (): unknown => {
  if (!moved()) return;
  settle();
  came.referrer = seen!;
  seen = here();
  return setTimeout(look);
};

const view = (): void => {
  if (arrived()) {
    told = Date.now();
    event("page");
  }
};

const check = (): void => {
  clearTimeout(waiting);
  if (!moved()) return;
  turned();
  waiting = setTimeout(view, After.Title);
};

/** Whether a view that the application tells is to be sent: not if it is the one that was told already. */
export const fresh = (elsewhere: unknown): unknown =>
  arrived() || elsewhere || Date.now() - told > After.Own || (told = 0);

export const watchNavigations = (): void => {
  seen = here();
  on("pagehide visibilitychange", view); // what waits for its title waits no longer
  // Nothing of the page's own is touched for it: browsers without the Navigation API are looked at from time to time.
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener("currententrychange", check);
  else setInterval(check, After.Look);
};
