// The artifact in Viceroy, which is killed and started again. Its KV store is in its memory and ends with it: what stands
// in for the real store's durability is the owner, who exports what waits (`selvedge outbox list --full --json`) and puts
// it back (`replay`).

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const built = join(cache, "selvedge/viceroy-0.22.0/bin/viceroy");

export class Fastly {
  log = "";
  /** Whether what waits survives a kill by itself. */
  durable = false;

  constructor({ dir, key, wasm, stores = "selvedge-outbox = []" }) {
    Object.assign(this, { dir, key, wasm, stores });
  }

  async start() {
    const server = createServer();
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address();
    server.close();
    await once(server, "close");
    const manifest = join(this.dir, "fastly.toml");
    await writeFile(
      manifest,
      `manifest_version = 3\nname = "selvedge"\nlanguage = "other"\n[[local_server.secret_stores.selvedge]]\nkey = "SELVEDGE_KEY"\ndata = "${this.key}"\n[local_server.kv_stores]\n${this.stores}\n`,
    );
    const args = ["-C", manifest, "--addr", `127.0.0.1:${port}`, this.wasm];
    this.child = spawn(existsSync(built) ? built : "viceroy", args);
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (data) => (this.log += data));
    this.url = `http://127.0.0.1:${port}`;
    for (let tries = 0; ; tries++) {
      try {
        await fetch(`${this.url}/_selvedge/health`);
        return;
      } catch (problem) {
        if (tries === 600 || this.child.exitCode !== null) throw new Error(`Viceroy does not start: ${problem}\n${this.log}`);
        await setTimeout(100);
      }
    }
  }

  async kill() {
    this.child.kill("SIGKILL");
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
  }
}
