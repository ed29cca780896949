// Elements, made of values: what visitors have sent becomes text, and never markup.

/** An element. `on…` properties are listeners, `class` and the rest attributes; what is false or absent is left out. */
export function h(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(element.dataset, value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);

/** Puts other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(3).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

let said;
/** Tells somebody who listens to the page instead of looking at it: what they did, not what happens by itself. */
export function announce(text) {
  clearTimeout(said);
  $("announce").textContent = "";
  said = setTimeout(() => ($("announce").textContent = text), 50);
}

/** A button that copies a text, and says so. */
export function copier(label, text, properties = {}) {
  const button = h("button", { type: "button", class: "copy", ...properties }, label);
  button.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(typeof text === "function" ? text() : text).then(
      () => "Copied",
      () => "Not allowed",
    );
    button.textContent = done;
    announce(done);
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}
