// The pictures of the documentation: the inspector on the recorded session. `make screenshots` writes them.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./dev.mjs";
import { CONFIG, SESSION, choose, drawn, inspect, look, page, quiet } from "./inspector.mjs";
import { launch } from "./visitor.mjs";

/** What a picture may weigh, in bytes: they are part of the repository. */
const MOST = 150_000;
const folder = join(root, "docs/images");

const PICTURES = {
  "inspector-light": { colorScheme: "light", look: "destination:ga4" },
  "inspector-dark": { colorScheme: "dark", look: "event:1" },
  "inspector-request": { colorScheme: "light", look: "destination:meta-capi" },
  "inspector-consent": { colorScheme: "light", rerun: "analytics" },
};

mkdirSync(folder, { recursive: true });
const [served, browser] = await Promise.all([inspect(SESSION, { more: ["--config", CONFIG] }), launch()]);
for (const [name, { colorScheme, look: node, rerun }] of Object.entries(PICTURES)) {
  const tab = await page(browser, served.url, { colorScheme, reducedMotion: "reduce", viewport: { width: 1120, height: 640 } });
  await choose(tab, "/thank-you.html");
  if (node) await look(tab, node);
  if (rerun) {
    await tab.click("#rerun");
    await tab.selectOption("#consent-picker", rerun);
    await tab.waitForFunction(() => document.querySelector(".sides thead")?.textContent.includes("alone"));
  }
  await tab.evaluate(() => document.activeElement?.blur());
  await tab.mouse.move(0, 0);
  await drawn(tab);
  const picture = await tab.screenshot();
  if (picture.length > MOST) throw new Error(`${name}.png has ${picture.length} bytes, and may have ${MOST}`);
  writeFileSync(join(folder, `${name}.png`), picture);
  console.log(`docs/images/${name}.png: ${picture.length} bytes`);
  quiet(tab);
  await tab.context().close();
}
await browser.close();
await served.end();
