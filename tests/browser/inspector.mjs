// The inspector in a browser: started on a recorded session, or fed line by line.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./dev.mjs";

const folder = join(root, "tests/browser/inspector");
export const SESSION = join(folder, "session.ndjson");
export const CONFIG = join(folder, "selvedge.toml");

/** What was recorded, an entry each. */
export const entries = () => readFileSync(SESSION, "utf8").trim().split("\n").map((line) => JSON.parse(line));

/** Starts `selvedge inspect` on a file, or on what is fed to it. */
export async function inspect(file, { port = 0, more = [] } = {}) {
  const program = process.env.SELVEDGE ?? join(root, "target/debug/selvedge");
  const child = spawn(program, ["inspect", file, "--json", "--port", String(port), ...more], { stdio: ["pipe", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  const [line] = await once(createInterface(child.stdout), "line");
  const { inspector: url } = JSON.parse(line).ready;
  return {
    url,
    port: Number(new URL(url).port),
    feed: (...said) => child.stdin.write(said.map((each) => `${JSON.stringify(each)}\n`).join("")),
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}

/** A page of the inspector. Whatever it complains of is in `wrong`. */
export async function page(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: "UTC", ...options });
  context.setDefaultTimeout(10_000);
  const tab = await context.newPage();
  tab.wrong = [];
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && tab.wrong.push(message.text()));
  tab.on("pageerror", (problem) => tab.wrong.push(String(problem.stack ?? problem)));
  tab.on("dialog", (dialog) => (tab.wrong.push(`a dialog: ${dialog.message()}`), void dialog.dismiss()));
  await tab.goto(url);
  await tab.waitForFunction(() => document.getElementById("connection").dataset.state === "open");
  return tab;
}

/** Chooses the visit of a path, whose rows may be out of sight. */
export async function choose(tab, path) {
  await tab.fill("#search", path);
  await drawn(tab);
  await tab.locator(".row", { hasText: path }).first().click();
  await tab.fill("#search", "");
  await drawn(tab);
}

/** Opens a thing of the visit, such as `consent` or `destination:ga4`. */
export async function look(tab, node) {
  await tab.click(`[data-node='${node}']`);
  await drawn(tab);
}

/** Waits until what has changed is drawn. */
export const drawn = (tab) => tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

export const rows = (tab) => tab.locator(".row .path").allTextContents();

/** Pairs of name and value, as they are shown under a heading. */
export const pairs = (tab, heading) =>
  tab.locator(`.details section:has(> h3:text-is("${heading}")) dl > div`).evaluateAll((all) => all.map((each) => [...each.children].map(({ textContent }) => textContent)));

/** Every text whose contrast with what is behind it is less than WCAG's AA asks for. */
export function faint(tab) {
  return tab.evaluate(() => {
    const channels = (color) => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (element) => {
      for (let each = element; each; each = each.parentElement) {
        const color = channels(getComputedStyle(each).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255];
    };
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest(".hidden, noscript, .skip, option")) continue;
      const style = getComputedStyle(element);
      const [one, two] = [light(channels(style.color)), light(behind(element))].sort((a, b) => b - a);
      const ratio = (one + 0.05) / (two + 0.05);
      if (ratio < 4.5) found.add(`${ratio.toFixed(2)} ${element.tagName}.${element.className} “${walker.currentNode.textContent.trim().slice(0, 30)}”`);
    }
    return [...found];
  });
}

/** Everything that can be used and has no name, and every landmark that is missing. */
export function nameless(tab) {
  return tab.evaluate(() => {
    const missing = ["header", "main", "[role=search]", "[role=listbox]"].filter((each) => !document.querySelector(each));
    const used = [...document.querySelectorAll("button, a, select, input, summary, [role=option], section.pane, [role=listbox]")];
    const name = (each) => each.getAttribute("aria-label") || each.textContent.trim() || each.closest("label")?.textContent.trim() || each.labels?.[0]?.textContent.trim();
    return [...missing, ...used.filter((each) => !name(each)).map(({ outerHTML }) => outerHTML.slice(0, 120))];
  });
}

export const quiet = (tab) => assert.deepEqual(tab.wrong, [], "the page complains");
