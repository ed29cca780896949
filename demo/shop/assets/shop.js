// The shop's own script: the cart, the checkout's summary and the consent bar.
// It tells Selvedge what a page view cannot show, and works just as well without it.
(() => {
  "use strict";

  const CART = "selvage.cart";
  const CONSENT = "selvage.consent";
  const CURRENCY = "EUR";
  const DELIVERY = { price: 4.9, freeFrom: 80 };

  const find = (selector, root = document) => root.querySelector(selector);
  const cents = (amount) => Math.round(amount * 100) / 100;
  const money = new Intl.NumberFormat("en-IE", { style: "currency", currency: CURRENCY });

  // Storage may be switched off; the shop then forgets between pages, and nothing else happens.
  const read = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const write = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch {
      /* see above */
    }
  };

  // Cart ------------------------------------------------------------------

  const load = () => {
    try {
      const lines = JSON.parse(read(CART));
      return Array.isArray(lines) ? lines.filter((line) => line?.sku && line.quantity > 0) : [];
    } catch {
      return [];
    }
  };
  const save = (lines) => {
    write(CART, lines.length ? JSON.stringify(lines) : null);
    show();
  };

  const subtotal = (lines) => cents(lines.reduce((sum, line) => sum + line.price * line.quantity, 0));
  const delivery = (sum) => (sum === 0 || sum >= DELIVERY.freeFrom ? 0 : DELIVERY.price);
  const amount = ({ quantity, unit }) => `${quantity}\u00a0${quantity === 1 ? unit : `${unit}s`}`;

  // Selvedge may still be on its way: it is told when it is there.
  const tell = (what) => {
    if (window.selvedge) what(window.selvedge);
    else addEventListener("selvedge:loaded", () => what(window.selvedge), { once: true });
  };

  const track = (name, line, quantity) => {
    const { sku, category, price } = line;
    const properties = {
      currency: CURRENCY,
      value: cents(price * quantity),
      products: [{ name: line.name, sku, category, price, currency: CURRENCY, quantity }],
    };
    tell((selvedge) => selvedge.track(name, properties));
  };

  const add = (product, quantity) => {
    const lines = load();
    const line = lines.find(({ sku }) => sku === product.sku);
    if (line) line.quantity += quantity;
    else lines.push({ ...product, quantity });
    save(lines);
    track("Product Added", product, quantity);
  };

  const change = (sku, quantity) => {
    const lines = load();
    const line = lines.find((each) => each.sku === sku);
    if (!line) return;
    const difference = quantity - line.quantity;
    line.quantity = quantity;
    save(lines.filter((each) => each.quantity > 0));
    if (difference > 0) track("Product Added", line, difference);
    if (difference < 0) track("Product Removed", line, -difference);
  };

  const wholeNumber = (input) => {
    const value = Math.floor(Number(input.value));
    return value >= 1 ? Math.min(value, Number(input.max) || 50) : 1;
  };

  const lineOf = (line) => {
    const item = find("#cart-line").content.firstElementChild.cloneNode(true);
    item.dataset.sku = line.sku;
    find("img", item).src = line.image;
    Object.assign(find("h2 a", item), { href: line.url, textContent: line.name });
    find("[data-unit]", item).textContent = line.unit === "metre" ? "Metres" : "Quantity";
    const input = find("input", item);
    input.addEventListener("change", () => change(line.sku, wholeNumber(input)));
    const remove = find("[data-remove]", item);
    remove.setAttribute("aria-label", `Remove ${line.name}`);
    remove.addEventListener("click", () => {
      change(line.sku, 0);
      find("h1").focus();
    });
    return item;
  };

  // Lines that stay are updated where they are, so the keyboard keeps its place.
  const showLines = (list, lines) => {
    const items = new Map(Array.from(list.children, (item) => [item.dataset.sku, item]));
    for (const line of lines) {
      const item = items.get(line.sku) ?? lineOf(line);
      if (!items.delete(line.sku)) list.append(item);
      find("input", item).value = line.quantity;
      find("[data-line-total]", item).textContent = money.format(line.price * line.quantity);
    }
    for (const item of items.values()) item.remove();
  };

  const itemOf = (line) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const price = document.createElement("span");
    name.textContent = `${line.name}, ${amount(line)}`;
    price.className = "number";
    price.textContent = money.format(line.price * line.quantity);
    item.append(name, price);
    return item;
  };

  // One function shows the cart wherever a page shows a part of it.
  const show = () => {
    const lines = load();
    const sum = subtotal(lines);
    const sent = delivery(sum);
    const fill = (selector, text) => document.querySelectorAll(selector).forEach((el) => (el.textContent = text));
    const toggle = (selector, visible) => document.querySelectorAll(selector).forEach((el) => (el.hidden = !visible));

    const count = find("[data-cart-count]");
    if (count) {
      count.textContent = lines.length;
      count.hidden = lines.length === 0;
    }
    const list = find("[data-cart-lines]");
    if (list) showLines(list, lines);
    find("[data-cart-items]")?.replaceChildren(...lines.map(itemOf));
    toggle("[data-cart-empty]", lines.length === 0);
    toggle("[data-cart-full]", lines.length > 0);
    fill("[data-subtotal]", money.format(sum));
    fill("[data-delivery]", sent ? money.format(sent) : "Free");
    fill("[data-total]", money.format(sum + sent));
  };

  const form = find("form[data-product]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { sku, name, category, price, unit, image, url } = form.dataset;
    const quantity = wholeNumber(form.elements.quantity);
    const line = { sku, name, category, price: Number(price), unit, image, url };
    add(line, quantity);
    find("[data-said-what]").textContent = `${amount({ quantity, unit })} added to your cart.`;
    find("[data-said]").hidden = false;
  });

  if (document.body.dataset.page === "thank-you") write(CART, null);
  show();

  // Another tab changed the cart, or the browser brought this page back from its cache.
  addEventListener("storage", ({ key }) => key === CART && show());
  addEventListener("pageshow", ({ persisted }) => persisted && show());

  // Consent ----------------------------------------------------------------

  const element = (tag, className, ...children) => {
    const el = document.createElement(tag);
    if (className) el.className = className;
    el.append(...children);
    return el;
  };

  let bar = null;

  const choose = (choice) => {
    write(CONSENT, choice);
    tell((selvedge) => selvedge.consent(choice));
    bar?.remove();
    bar = null;
  };

  const ask = () => {
    if (bar) return;
    const button = (choice, text) => {
      const el = element("button", "button quiet small", text);
      el.type = "button";
      el.dataset.consent = choice;
      el.addEventListener("click", () => choose(choice));
      return el;
    };
    const text = element("p", "", "May we count your visit, to see which cloth is liked? The shop works either way.");
    const buttons = element("div", "", button("denied", "Only necessary"), button("granted", "Accept"));
    bar = element("section", "consent", element("div", "wrap", text, buttons));
    bar.lang = "en";
    bar.setAttribute("aria-label", "Privacy choice");
    document.body.append(bar);
  };

  const choice = read(CONSENT);
  if (choice !== "granted" && choice !== "denied") ask();

  const reopen = find("[data-consent-open]");
  if (reopen) {
    reopen.closest("li").hidden = false;
    reopen.addEventListener("click", () => {
      ask();
      find("button", bar).focus();
    });
  }
})();
