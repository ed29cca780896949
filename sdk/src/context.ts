// Where an event happened: the page, who was there, on what screen.

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

let opened: string;
let referrer = document.referrer;
let stale: string | undefined;
let left: string | undefined;

/** The page that the edge has seen is the one that is shown now. */
export const open = (): void => {
  opened = here();
};

/** An application has put another page in this one's place. What is written of the page was written of the old one. */
export const turned = (): void => {
  stale = JSON.stringify(layer().context?.page);
};

/** The page before has this address. */
export const cameFrom = (url: string): void => {
  referrer = url;
};

/** Whoever the page names is gone, until it names somebody else. */
export const forgetUser = (): void => {
  left = JSON.stringify(layer().context?.user);
};

// As the edge has it, the canonical one; unless a script has put another page in this one's place.
const address = (): URL => {
  const canonical = document.querySelector<HTMLLinkElement>('head link[rel~="canonical" i]')?.href;
  const known = here() === opened && /^https?:/.test(canonical!);
  return new URL(known ? canonical!.replace(/#.*/, "") : here());
};

export const context = (): Context => {
  const { page, user, campaign } = layer().context || {};
  const { href, pathname } = address();
  return {
    page: {
      url: href,
      path: pathname,
      search: location.search,
      title: document.title,
      referrer,
      ...(JSON.stringify(page) !== stale && page), // what the page says of itself wins
    } as PageData,
    user: JSON.stringify(user) === left ? undefined : user,
    campaign,
    client: {
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen_width: screen.width,
      screen_height: screen.height,
      screen_density: devicePixelRatio,
    },
  };
};
