// Where an event happened: the page, who was there, on what screen.

import { left } from "./consent.js";
import { json } from "./dom.js";
import { layer } from "./layer.js";
import type { CampaignData, PageData, UserData } from "./types.js";

export interface Context {
  page: PageData;
  user?: UserData | undefined;
  campaign?: CampaignData | undefined;
  client: { timezone: string; screen_width: number; screen_height: number; screen_density: number };
}

/** The address without its fragment, which is a place on the page; unless it is a route, as old applications have it. */
export const here = (): string => location.href.replace(/#(?![/!]).*/, "");

// The identity that has arrived is taken out of the address. The edge has read it, and nobody should share it.
const arrived = location.href;
const clean = arrived.replace(/([?&])_sv=[^&#]*&|[?&]_sv=[^&#]*/, "$1");
if (clean !== arrived) history.replaceState(history.state, "", clean);

/** The page that the edge has seen. */
const opened = here();
export const came = { referrer: document.referrer };
let stale: string | undefined;

/** An application has put another page in this one's place. What is written of the page was written of the old one. */
export const turned = (): void => {
  stale = json(layer().context?.page);
};

export const context = (shown?: PageData): Context => {
  const { page, user, campaign } = layer().context || {};
  const canonical = document.querySelector<HTMLLinkElement>("head link[rel~=canonical i]")?.href;
  // As the edge has it, the canonical address; unless a script has put another page in this one's place.
  const known = here() === opened && /^https?:[^#]*/.exec(canonical!);
  const { href, pathname } = new URL(known ? known[0] : here());
  return {
    page: shown || {
      url: href,
      path: pathname,
      search: location.search,
      title: document.title,
      ...came,
      ...(json(page) !== stale && page), // what the page says of itself wins
    } as PageData,
    user: json(user) === left ? undefined : user,
    campaign,
    client: {
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen_width: screen.width,
      screen_height: screen.height,
      screen_density: devicePixelRatio,
    },
  };
};
