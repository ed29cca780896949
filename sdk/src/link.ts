// Links between the owner's own domains. The edge sends the visitor on, with what makes the other domain know them.

import { on } from "./dom.js";

let hosts: string[] = [];

export const resolve = (href: string): URL => new URL(href, document.baseURI);

/** Whether a URL is on another of the owner's domains; nothing of one on this host. */
export const ownHost = ({ host, hostname }: URL): boolean | undefined =>
  host === location.host
    ? undefined
    : hosts.some((own) => (own[0] === "*" ? hostname.endsWith(own.slice(1)) : hostname === own));

// At the very end, and only if nobody else has taken the click: an application's router must not see the other address.
export const watchLinks = (own: string, edge: URL): void => {
  hosts = own.split(" ");
  const follow = (event: Event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]")!;
    const href = link.getAttribute("href")!;
    const url = new URL(link.href);
    if (event.defaultPrevented || !ownHost(url)) return;
    link.href = `${edge}?to=${encodeURIComponent(url.href)}`;
    setTimeout(() => (link.href = href));
  };
  on("click auxclick", follow, false);
};
