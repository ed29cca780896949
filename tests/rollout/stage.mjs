// What both platforms' tests need: an origin, configurations that can be told apart from outside, and the command.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const root = new URL("../..", import.meta.url).pathname;

export const KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/** A website whose page `/slow` goes on when it is told to. */
export class Stage {
  dir = mkdtempSync(join(tmpdir(), "selvedge-rollout-"));
  #goOn = () => {};

  async start() {
    this.server = createServer(async (request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.write("<!doctype html><title>Cloth</title>");
      if (request.url === "/slow") await new Promise((goOn) => (this.#goOn = goOn));
      response.end("<p>linen</p>".repeat(5000));
    }).listen(0, "127.0.0.1");
    await once(this.server, "listening");
  }

  goOn() {
    this.#goOn();
  }

  /** A configuration with which `/which` leads to `/NAME`. */
  configuration(name, more = "") {
    const origin = `http://127.0.0.1:${this.server.address().port}`;
    const redirect = `[[site.redirect]]\nfrom = "/which"\nto = "/${name}"\nstatus = 302\n`;
    return `[[site]]\norigin = "${origin}"\n${redirect}[[component]]\nkind = "webhook"\nsettings = { url = "${origin}/events" }\n${more}`;
  }

  /** The same in a file. */
  file(name, more) {
    const file = join(this.dir, `${name}.toml`);
    writeFileSync(file, this.configuration(name, more));
    return file;
  }

  /** `selvedge config …` for a service. */
  config(url, args, key = KEY) {
    const env = { ...process.env, SELVEDGE_KEY: key };
    return new Promise((done) =>
      execFile(join(root, "target/debug/selvedge"), ["config", ...args, "--url", url], { env, cwd: this.dir }, (error, out, err) =>
        done({ code: error?.code ?? 0, out, err }),
      ),
    );
  }

  end() {
    this.server.close();
    this.server.closeAllConnections();
    rmSync(this.dir, { recursive: true });
  }
}

/** Asks until it is so, or for so many seconds. The last answer. */
export async function until(expected, ask, seconds = 10) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer === expected || Date.now() > end) return answer;
    await setTimeout(100);
  }
}
