// What the other modules ask of the browser, in few words.

export const json = JSON.stringify;

/**
 * Listens to what happens anywhere on the page, before the page's own scripts do, or after them. What a page is made of
 * is nothing to complain about.
 */
export const on = (moments: string, act: (event: Event) => void, early = true): unknown =>
  moments.split(" ").map((moment) =>
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
    ),
  );
