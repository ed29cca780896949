// The website as its owner sees it: `selvedge dev` with the demo shop, the emulator of a platform, and the catcher,
// which tells an event a line.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../port.mjs";

export const root = new URL("../..", import.meta.url).pathname;

/** A first build takes minutes; with everything built it is some seconds. */
const START_SECONDS = 600;
const END_SECONDS = 15;

/** Starts it, with more arguments, and waits until it answers. */
export async function dev(platform, ...more) {
  const program = process.env.SELVEDGE ?? join(root, "target/debug/selvedge");
  assert.ok(existsSync(program), `${program} is not there: cargo build --package selvedge`);
  const port = await freePort();
  const args = ["dev", "--platform", platform, "--port", String(port), "--json", ...more];
  const child = spawn(program, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  process.on("exit", () => child.kill());
  const running = { edge: `http://127.0.0.1:${port}`, caught: [], log: [], rebuilt: 0, end: () => end(child, running) };
  const ready = new Promise((resolve, reject) => {
    const silent = globalThis.setTimeout(() => reject(new Error("it never answered")), START_SECONDS * 1000);
    const settle = (how, value) => (clearTimeout(silent), how(value));
    createInterface(child.stdout).on("line", (line) => {
      const said = JSON.parse(line);
      if (said.ready) settle(resolve, Object.assign(running, said.ready));
      else if (said.rebuilt) running.rebuilt++;
      else running.caught.push(said);
    });
    createInterface(child.stderr).on("line", (line) => running.log.push(line));
    child.on("error", (problem) => settle(reject, problem));
    child.on("exit", (code) => settle(reject, new Error(`it ended with ${code}`)));
  });
  await ready.catch((problem) => {
    throw new Error(`selvedge ${args.join(" ")}: ${problem.message}\n${running.log.slice(-40).join("\n")}`);
  });
  return running;
}

/** Ends it as Ctrl-C does. It must end well, and everything that it started with it. */
async function end(child, { log }) {
  const family = descendants(child.pid);
  assert.ok(family.length > 0, "there is no emulator under `selvedge dev`");
  child.kill("SIGINT");
  const late = AbortSignal.timeout(END_SECONDS * 1000);
  if (child.exitCode === null && child.signalCode === null) {
    await once(child, "exit", { signal: late }).catch(() => {
      child.kill("SIGKILL");
      throw new Error(`selvedge dev did not end within ${END_SECONDS} s of SIGINT\n${log.slice(-20).join("\n")}`);
    });
  }
  assert.equal(child.exitCode, 0, `selvedge dev ended with ${child.exitCode ?? child.signalCode}`);
  const left = () => {
    const now = processes();
    return family.filter(({ pid, command }) => now.get(pid)?.command === command && !now.get(pid).dead);
  };
  for (let tries = 0; left().length > 0 && tries < 20; tries++) await setTimeout(50);
  assert.deepEqual(left(), [], "processes that `selvedge dev` started and left behind");
}

function descendants(pid) {
  const all = [...processes().values()];
  const children = (parent) => all.filter((each) => each.parent === parent);
  return children(pid).flatMap((child) => [child, ...descendants(child.pid)]);
}

/** Everything that runs on this machine, by its id. */
function processes() {
  const found = new Map();
  const add = (pid, parent, state, command) =>
    found.set(Number(pid), { pid: Number(pid), parent: Number(parent), dead: state.startsWith("Z"), command });
  if (existsSync("/proc/self/stat")) {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const [, command, rest] = readFileSync(`/proc/${pid}/stat`, "utf8").match(/\((.*)\) (.*)/s);
        const [state, parent] = rest.split(" ");
        add(pid, parent, state, command);
      } catch {
        // It ended while we looked.
      }
    }
  } else {
    for (const line of execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" }).split("\n")) {
      const [pid, parent, state, ...command] = line.trim().split(/\s+/);
      if (state) add(pid, parent, state, command.join(" "));
    }
  }
  return found;
}
