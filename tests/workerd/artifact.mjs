// The deployed artifact with a configuration of a test's own.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
