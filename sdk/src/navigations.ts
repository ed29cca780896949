// Single-page applications: every changed address is a page view, told once, by the application or by this.

import { cameFrom, here, turned } from "./context.js";
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
let waiting: number | undefined;
let told = 0;

const moved = (): unknown => seen && seen !== here();

const arrive = (): void => {
  waiting = clearTimeout(waiting) as undefined;
  settle();
  cameFrom(seen!);
  seen = here();
};

const view = (): void => {
  arrive();
  told = Date.now();
  event("page");
  look();
};

const check = (): void => {
  waiting = clearTimeout(waiting) as undefined;
  if (!moved()) return;
  turned();
  waiting = setTimeout(view, After.Title) as unknown as number;
};

/** Whether a view that the application tells is to be sent: not if it is the one that was told already. */
export const fresh = (elsewhere: unknown): boolean => {
  if (moved()) {
    arrive();
    setTimeout(look);
  } else if (!elsewhere && Date.now() - told < After.Own) {
    told = 0;
    return false;
  }
  return true;
};

/** The page goes out of sight: what waits for its title waits no longer. */
export const hurry = (): void => {
  if (moved()) view();
};

export const watchNavigations = (): void => {
  seen = here();
  // Nothing of the page's own is touched for it: browsers without the Navigation API are looked at from time to time.
  const { navigation } = window as { navigation?: EventTarget };
  if (navigation) navigation.addEventListener("currententrychange", check);
  else setInterval(() => moved() && check(), After.Look);
};
