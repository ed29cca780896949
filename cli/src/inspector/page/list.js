// The list of visits. However many there are, only those in sight are elements.

import { h } from "./dom.js";
import { FATES, fate, subject } from "./visits.js";
import { AGREED, agreed, clock, many } from "./words.js";

/** The height of a row in pixels, as style.css has it. */
const ROW = 66;
/** Rows beyond the edges, so that a quick hand does not outrun them. */
const MORE = 6;

export class List {
  #element;
  #inner = h("div", { class: "rows", role: "presentation" });
  #visits = [];
  #selected;
  #choose;
  #warned;
  #shown = new Map();

  /** `choose(visit)` is called for the one that is chosen; `warned(visit)` says how much there is to warn of. */
  constructor(element, { choose, warned }) {
    this.#element = element;
    this.#choose = choose;
    this.#warned = warned;
    element.replaceChildren(this.#inner);
    element.addEventListener("scroll", () => this.#draw(), { passive: true });
    element.addEventListener("click", ({ target }) => {
      const row = target.closest("[data-id]");
      if (row) choose(this.#visits.find(({ id }) => id === row.dataset.id));
    });
    element.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
    new ResizeObserver(() => this.#draw()).observe(element);
  }

  /** Shows these, in this order. Who has scrolled keeps their place when there are new ones on top. */
  show(visits, selected) {
    const top = this.#visits[Math.floor(this.#element.scrollTop / ROW)];
    const offset = this.#element.scrollTop % ROW;
    this.#visits = visits;
    this.#selected = selected;
    this.#inner.style.height = `${visits.length * ROW}px`;
    const now = top && this.#element.scrollTop > ROW / 2 ? visits.indexOf(top) : -1;
    if (now >= 0) this.#element.scrollTop = now * ROW + offset;
    this.#draw();
  }

  /** Chooses the visit so many rows on. */
  step(by) {
    if (this.#visits.length === 0) return;
    const at = this.#visits.findIndex(({ id }) => id === this.#selected);
    const to = at < 0 ? 0 : Math.min(Math.max(at + by, 0), this.#visits.length - 1);
    this.#choose(this.#visits[to]);
    this.reveal(this.#visits[to].id);
  }

  /** Brings one into sight, as the chosen one. */
  reveal(id) {
    this.#selected = id;
    const at = this.#visits.findIndex(({ id }) => id === this.#selected);
    if (at < 0) return;
    const { scrollTop, clientHeight } = this.#element;
    if (at * ROW < scrollTop) this.#element.scrollTop = at * ROW;
    else if ((at + 1) * ROW > scrollTop + clientHeight) this.#element.scrollTop = (at + 1) * ROW - clientHeight;
    this.#draw();
  }

  #draw() {
    const { scrollTop, clientHeight } = this.#element;
    const from = Math.max(0, Math.floor(scrollTop / ROW) - MORE);
    const to = Math.min(this.#visits.length, Math.ceil((scrollTop + clientHeight) / ROW) + MORE);
    const wanted = new Map();
    for (let index = from; index < to; index++) {
      const visit = this.#visits[index];
      const key = `${visit.version}.${visit.id === this.#selected}.${this.#warned(visit)}`;
      const before = this.#shown.get(visit.id);
      const row = before?.key === key ? before.row : this.#row(visit);
      row.style.transform = `translateY(${index * ROW}px)`;
      row.setAttribute("aria-posinset", index + 1);
      row.setAttribute("aria-setsize", this.#visits.length);
      wanted.set(visit.id, { key, row });
    }
    for (const [id, { row }] of this.#shown) if (wanted.get(id)?.row !== row) row.remove();
    for (const { row } of wanted.values()) if (!row.isConnected) this.#inner.append(row);
    this.#shown = wanted;
    const chosen = wanted.has(this.#selected) ? `row-${this.#selected}` : "";
    if (chosen) this.#element.setAttribute("aria-activedescendant", chosen);
    else this.#element.removeAttribute("aria-activedescendant");
  }

  #row(visit) {
    const consent = agreed(visit.consent);
    const warned = this.#warned(visit);
    const selected = visit.id === this.#selected;
    return h(
      "div",
      { class: "row", role: "option", id: `row-${visit.id}`, "aria-selected": String(selected), data: { id: visit.id } },
      h("span", { class: `dot ${consent}`, title: `Consent: ${AGREED[consent]}` }, h("span", { class: "hidden" }, `consent ${AGREED[consent]}`)),
      h("span", { class: "what" }, subject(visit)),
      h("time", {}, clock(visit.time ?? visit.at)),
      h("span", { class: "path" }, visit.repeats ? h("span", { class: "tag" }, "replay") : null, visit.path || "/"),
      h(
        "span",
        { class: "pips" },
        warned > 0 ? h("span", { class: "warned", title: many(warned, "thing") + " worth a look" }, `${warned}`) : null,
        visit.destinations.map((each) => {
          const became = fate(each);
          return h("i", { class: `pip ${became}`, title: `${each.id}: ${FATES[became]}` });
        }),
      ),
    );
  }
}
