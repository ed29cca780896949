// A bare workerd with the Worker as it would be deployed, and an artifact of one's own in it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binary from "workerd";
import { freePort } from "../port.mjs";
import { bundled } from "./artifact.mjs";

const root = new URL("../..", import.meta.url).pathname;

/**
 * Starts it; `stop` ends it. The log is what the Worker printed so far, and what its datasets took, as `sink.js` prints it.
 */
export async function workerd(wasm, secrets = {}, datasets = []) {
  const dir = await mkdtemp(join(tmpdir(), "selvedge-"));
  const port = await freePort();
  await writeFile(join(dir, "worker.js"), await bundled());
  await writeFile(join(dir, "selvedge.wasm"), wasm);
  const bindings = Object.entries(secrets).map(([name, text]) => `(name = "${name}", text = "${text}")`);
  bindings.push(...datasets.map((name) => `(name = "${name}", analyticsEngine = "${name}")`));
  const services = datasets.map((name) => `    (name = "${name}", worker = .sink),\n`).join("");
  await copyFile(join(root, "tests/src/hosts/sink.js"), join(dir, "sink.js"));
  await writeFile(
    join(dir, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private", "local"])),
${services}  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [
    (name = "src/worker.js", esModule = embed "worker.js"),
    (name = "dist/selvedge.wasm", wasm = embed "selvedge.wasm"),
  ],
  compatibilityDate = "2026-04-01",
  bindings = [${bindings.join(", ")}],
);
const sink :Workerd.Worker = (
  modules = [(name = "sink.js", esModule = embed "sink.js")],
  compatibilityDate = "2026-04-01",
  bindings = [(name = "SINK", text = "dataset")],
);
`,
  );
  const child = spawn(binary.default ?? binary, ["serve", "--experimental", join(dir, "config.capnp")]);
  const running = { port, log: "", stop };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (running.log += data));
  async function stop() {
    child.kill("SIGKILL"); // a polite end would wait for open connections
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    await rm(dir, { recursive: true });
  }
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/_selvedge/health`);
      return running;
    } catch (problem) {
      if (tries === 100 || child.exitCode !== null) {
        await stop();
        throw new Error(`workerd did not start: ${problem}\n${running.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
