// What the SDK notices by itself, and what it never does; links to the owner's other domains.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { staged } from "./stage.mjs";

const SECRET = "sw0rdf1sh";

staged("capture and links", (stage, scene) => {
  scene("a policy that admits no inline script: the SDK works, and violates nothing", async () => {
    const policy = "default-src 'none'; script-src 'self'; connect-src 'self'; report-uri /csp";
    const tag = 'data-navigations data-engagement data-capture="click form scroll outbound download" data-link="127.0.0.1"';
    const url = stage.page("/strict", { tag, headers: { "content-security-policy": policy }, body: "<a href=#x>x</a>" });
    const tab = await stage.visit(url);
    await tab.evaluate(() => void window.selvedge.track("Strict"));
    await tab.click("a");
    await tab.goto("about:blank");
    await stage.told(2);
    assert.deepEqual(stage.names(), ["Strict", "click"]);
    assert.deepEqual([stage.violations, tab.errors], [[], []]);
  });

  scene("capture: what was clicked, sent, scrolled to; what was typed, never", async () => {
    const body = `<form id=f name=order action="/done?token=${SECRET}" onsubmit="return false">
        <input name=id value="${SECRET}"><input type=password name=p><textarea name=t>${SECRET}</textarea>
        <input type=submit value="${SECRET}" aria-label="Send it" class="big red"></form>
      <div contenteditable id=edit><b role=button>${SECRET}</b></div>
      <a id=in class="c d" href="/inside?q=${SECRET}#${SECRET}">  In   here <i>now</i></a>
      <a id=editing href="#e"><span contenteditable>${SECRET}</span></a>
      <a id=out href="${stage.other}/away?q=${SECRET}" target=t>Out</a>
      <a id=file href="/files/Report.PDF?t=${SECRET}" target=t>Report</a>
      <a id=mail href="mailto:${SECRET}@example.com">Mail</a>
      <p data-selvedge-ignore><button id=no1>No</button></p><p class=edgee-no-autocapture><button id=no2>No</button></p>
      <button id=yes>${"long ".repeat(40)}</button><div style="height:4000px"></div>
      <script>addEventListener("click", (e) => e.target.closest("a") && e.preventDefault())</script>`;
    const tag = 'data-capture="click form scroll outbound download"';
    const tab = await stage.visit(stage.page("/capture", { tag, body }));
    for (const field of ["[name=id]", "[type=password]", "textarea"]) await tab.fill(field, SECRET);
    await tab.click("#edit b");
    await tab.keyboard.type(SECRET);
    for (const id of ["in", "editing", "out", "file", "mail", "no1", "no2", "yes"]) await tab.click(`#${id}`);
    await tab.click("[type=submit]");
    await tab.evaluate(() => scrollTo(0, 1500));
    await setTimeout(200);
    await tab.evaluate(() => scrollTo(0, 9999));
    await setTimeout(200);
    await tab.evaluate(() => scrollTo(0, 0));
    await stage.told(12);
    const [at, away] = [stage.at, stage.other];
    const link = (id, text, path, more) => ({
      ...{ link_id: id, link_text: text, link_url: path, link_domain: new URL(path).hostname, ...more },
    });
    assert.deepEqual(
      stage.events().map(({ data }) => [data.name, data.properties]),
      [
        ["click", link("in", "In here now", `${at}/inside`, { link_classes: "c d" })],
        ["click", link("editing", "", `${at}/capture`)],
        ["click", link("out", "Out", `${away}/away`, { outbound: true })],
        ["file_download", link("file", "Report", `${at}/files/Report.PDF`, { file_extension: "PDF", file_name: "/files/Report.PDF" })],
        ["click", { link_id: "mail", link_text: "Mail" }],
        ["click", { button_id: "yes", button_text: "long ".repeat(20) }],
        ["click", { button_classes: "big red", button_text: "Send it" }],
        ["form_submit", { form_id: "f", form_name: "order", form_destination: `${at}/done` }],
        ...[25, 50, 75, 90].map((percent_scrolled) => ["scroll", { percent_scrolled }]),
      ],
    );
    assert.ok(!stage.wire.includes(SECRET), "something that was typed has left");
    assert.deepEqual(tab.errors, []);
  });

  scene("capture is what was asked for, and nothing else", async () => {
    const body = `<a id=out href="${stage.other}/x">Out</a><a id=in href="#a">In</a><button>B</button>
      <script>addEventListener("click", (e) => e.preventDefault())</script>`;
    const only = async (tag) => {
      const tab = await stage.visit(stage.page("/only", { tag, body }));
      for (const target of ["#out", "#in", "button"]) await tab.click(target);
      await stage.told(tag.endsWith("outbound\"") ? 1 : 0);
      return stage.events().map(({ data }) => [data.name, data.properties.link_id, data.properties.outbound]);
    };
    assert.deepEqual(await only(""), []);
    assert.deepEqual(await only('data-capture="scroll"'), []);
    assert.deepEqual(await only('data-capture="outbound"'), [["click", "out", true]]);
    assert.deepEqual(await only('data-capture="outbound" data-link="127.0.0.1"'), []);
  });

  scene("links to the owner's other domains go by the edge, and what they carry is not left in the address", async () => {
    stage.page("/arrived", { tag: "data-navigations" });
    const body = `<a id=own href="${stage.other}/arrived">Own</a><a id=in href="#x">In</a>
      <script>document.getElementById("own").addEventListener("click", (e) => (window.seen = e.currentTarget.href))</script>`;
    const tab = await stage.visit(stage.page("/from", { tag: 'data-link="*.example.com 127.0.0.1"', body }));
    const href = () => tab.getAttribute("#own", "href");
    await tab.evaluate(() => document.getElementById("own").addEventListener("click", (e) => e.preventDefault(), { once: true }));
    await tab.click("#own");
    await setTimeout(100);
    assert.equal(tab.url(), `${stage.at}/from`);
    assert.equal(await href(), `${stage.other}/arrived`);
    const [popup] = await Promise.all([tab.context().waitForEvent("page"), tab.click("#own", { modifiers: ["ControlOrMeta"] })]);
    await popup.waitForURL("**/arrived**");
    assert.equal(await href(), `${stage.other}/arrived`, "the page keeps another address than it was written with");
    assert.equal(await tab.evaluate(() => window.seen), `${stage.other}/arrived`);
    await tab.click("#own");
    await tab.waitForURL("**/arrived?a=1&b=2#there");
    await stage.loaded(tab);
    assert.ok(stage.wire.includes(`/_selvedge/link?to=${encodeURIComponent(`${stage.other}/arrived`)}`));
    assert.deepEqual(await stage.told(0), [], "tidying the address was taken for a navigation");
    for (const [before, after] of [["?_sv=1", ""], ["?_sv=1#h", "#h"], ["?a=1&_sv=x", "?a=1"], ["?_sv=1&a=%20+", "?a=%20+"]]) {
      await stage.goto(tab, `${stage.at}/arrived${before}`);
      assert.equal(tab.url(), `${stage.at}/arrived${after}`);
    }
  });
});
