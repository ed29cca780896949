// Links between the owner's own domains. The edge sends the visitor on, with what makes the other domain know them.

let hosts: string[] = [];

export const resolve = (href: string): URL => new URL(href, document.baseURI);

/** Whether a URL is on another of the owner's domains. */
export const ownHost = ({ host, hostname }: URL): boolean =>
  host !== location.host &&
  hosts.some((own) => (own.startsWith("*.") ? hostname.endsWith(own.slice(1)) : hostname === own));

/** Listens to what happens anywhere on the page. What a page is made of is nothing to complain about. */
export const on = (moment: string, act: (event: Event) => void, early = true): void =>
  addEventListener(
    moment,
    (event) => {
      try {
        act(event);
      } catch {
        // A target that is no element, an address that is none.
      }
    },
    early,
  );

/** Takes the identity that has arrived out of the address. The edge has read it, and nobody should share it. */
export const tidy = (): void => {
  const { href } = location;
  const clean = href.replace(/([?&])_sv=[^&#]*(&?)/, (_, before: string, after: string) => after && before);
  if (clean !== href) history.replaceState(history.state, "", clean);
};

// At the very end, and only if nobody else has taken the click: an application's router must not see the other address.
export const watchLinks = (own: string, edge: string): void => {
  hosts = own.split(" ");
  const follow = (event: Event) => {
    const link = (event.target as Element).closest("a[href]")!;
    const href = link.getAttribute("href")!;
    const url = resolve(href);
    if (event.defaultPrevented || !ownHost(url)) return;
    link.setAttribute("href", `${edge}?to=${encodeURIComponent(url.href)}`);
    setTimeout(() => link.setAttribute("href", href));
  };
  on("click", follow, false);
  on("auxclick", follow, false);
};
