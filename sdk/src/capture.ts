// What can be noticed without asking the page: clicks, forms, scrolling. What a person typed is never read: no value, no
// text that can be edited, no query.

import { here } from "./context.js";
import { on } from "./dom.js";
import { noticed } from "./events.js";
import { ownHost, resolve } from "./link.js";

const enum Text {
  /** In characters. */
  Most = 100,
}
const DEPTHS = [25, 50, 75, 90];
// The end of a list of selectors: where a person may write.
const EDITED = ",[contenteditable]";

const spared = (element: HTMLElement): unknown =>
  element.closest("[data-selvedge-ignore],[data-edgee-no-autocapture],.edgee-no-autocapture" + EDITED);

// An attribute, because a form's own fields hide its properties.
const said = (element: Element, name: string): string | undefined => element.getAttribute(name) || undefined;

const text = (element: HTMLElement): string =>
  (said(element, "aria-label") ?? (element.querySelector("input,textarea,select" + EDITED) ? "" : element.textContent!))
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, Text.Most);

/** Of an address on the web, what names no person. */
const plain = (url: URL): string | undefined => (url.host ? url.origin + url.pathname : undefined);

let page: string;
let reached: number;

export const watch = (wanted: string): void => {
  const tell = (what: string, name: string, properties: object) => wanted.includes(what) && noticed(name, properties);

  on("click", ({ target }) => {
      const element = (target as Element).closest<HTMLElement>("a,button,[role=button],[type=submit],[type=button]")!;
      if (spared(element)) return;
      const href = said(element, "href");
      const url = href && resolve(href);
      const kind = href ? "link_" : "button_";
      const what: Record<string, unknown> = {
        [kind + "id"]: said(element, "id"),
        [kind + "classes"]: said(element, "class"),
        [kind + "text"]: text(element),
      };
      if (url && url.host) {
        what.link_url = plain(url);
        what.link_domain = url.hostname;
        // Google Analytics' list (https://support.google.com/analytics/answer/9216061), and Apple's disk images.
        const extension =
          /\.(pdf|xlsx?|docx?|txt|rtf|csv|exe|key|pp(s|tx?)|7z|pkg|rar|gz|zip|avi|mov|mp[34]|mpe?g|wm[av]|midi?|wav|dmg)$/i.exec(
            url.pathname,
          );
        if (extension && wanted.includes("download")) {
          return noticed("file_download", { ...what, file_extension: extension[1], file_name: url.pathname });
        }
        if (ownHost(url) === false) what.outbound = true;
      }
      tell(what.outbound && !wanted.includes("click") ? "outbound" : "click", "click", what);
  });

  on("submit", ({ target }) => {
      const form = target as HTMLElement;
      if (spared(form)) return;
      tell("form", "form_submit", {
        form_id: said(form, "id"),
        form_name: said(form, "name"),
        form_destination: plain(resolve(said(form, "action") ?? "")),
        form_method: said(form, "method"),
      });
  });

  on("scroll", () => {
      if (page !== here()) {
        page = here();
        reached = 0;
      }
      const percent = ((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100;
      while (DEPTHS[reached]! <= percent) tell("scroll", "scroll", { percent_scrolled: DEPTHS[reached++] });
  });
};
