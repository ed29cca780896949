// Light, dark, or as the system has it; remembered by this browser.

const KEY = "selvedge-inspector-theme";
const THEMES = { system: ["◐", "as the system"], light: ["○", "light"], dark: ["●", "dark"] };

export function theme(button) {
  const order = Object.keys(THEMES);
  let now = order.includes(localStorage[KEY]) ? localStorage[KEY] : "system";
  const show = () => {
    if (now === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = now;
    button.textContent = THEMES[now][0];
    button.setAttribute("aria-label", `Theme: ${THEMES[now][1]}`);
  };
  button.addEventListener("click", () => {
    now = order[(order.indexOf(now) + 1) % order.length];
    localStorage[KEY] = now;
    show();
  });
  show();
}
