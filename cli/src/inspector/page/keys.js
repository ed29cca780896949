// The keyboard: a letter a thing, as long as nobody is writing.

export const KEYS = [
  ["j", "the next visit, further down"],
  ["k", "the visit before"],
  ["/", "search"],
  ["p", "pause, or go on"],
  ["r", "replay the visit"],
  ["c", "run it again with another consent"],
  ["g", "the latest visit"],
  ["Enter", "from the list to the visit"],
  ["Esc", "back to the list"],
  ["?", "these keys"],
];

/** Calls what belongs to a key: `{ j() {…} }`. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { target, key } = event;
    const writes = target.matches?.("input, textarea, select");
    if (key === "Escape" && writes) return void (target.blur(), actions.Escape?.(event));
    if (writes) return;
    const action = Object.hasOwn(actions, key) ? actions[key] : undefined;
    if (action && action(event) !== false) event.preventDefault();
  });
}
