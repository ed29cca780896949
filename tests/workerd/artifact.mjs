// The Worker as it would be deployed, and the deployed artifacts with a configuration of a test's own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const root = new URL("../..", import.meta.url).pathname;

/** Stamps a configuration into a platform's artifact; its bytes. */
export function stamped(configuration, platform = "cloudflare") {
  const dir = mkdtempSync(join(tmpdir(), "selvedge-"));
  try {
    const config = join(dir, "selvedge.toml");
    const out = join(dir, "selvedge.wasm");
    writeFileSync(config, configuration);
    const wasm = join(root, `target/wasm/selvedge-${platform}.wasm`);
    execFileSync(join(root, "target/debug/selvedge"), [
      ...["build", "--platform", platform, "--wasm", wasm, "--out", out, "--config", config],
    ]);
    return readFileSync(out);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The Worker's script. */
export async function bundled() {
  const bundle = await build({
    entryPoints: [join(root, "cf-worker/src/worker.ts")],
    outfile: "worker.js",
    write: false,
    bundle: true,
    format: "esm",
    target: "es2023",
    external: ["*.wasm"],
    logLevel: "error",
  });
  return bundle.outputFiles[0].text;
}

/** The Worker as Miniflare takes it: a script, and an artifact. */
export const deployed = (script, wasm) => ({
  compatibilityDate: "2026-04-01",
  modulesRoot: root,
  modules: [
    { type: "ESModule", path: `${root}src/worker.js`, contents: script },
    { type: "CompiledWasm", path: `${root}dist/selvedge.wasm`, contents: wasm },
  ],
});
