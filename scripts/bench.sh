#!/usr/bin/env bash
# What a page costs, on both platforms' emulators and beside applications that do less: bench/bench.py measures, and
# this builds what it measures. Its options go to bench.py; docs/performance.md explains the table.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

# What Rust itself takes for granted of an engine; a stripped module does not say it.
features=(--enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext --enable-nontrapping-float-to-int
  --enable-mutable-globals --enable-multivalue --enable-reference-types)

# The application to compare with on Fastly Compute, built as Selvedge is.
bare() {
  local built=target/wasm/wasm32-wasip1/release/bare-fastly.wasm
  (cd bench/bare-fastly && CARGO_TARGET_DIR=$root/target/wasm wasm_cargo wasm32-wasip1 build --quiet --locked --release)
  [[ target/wasm/bare-fastly.wasm -nt $built ]] ||
    node_modules/.bin/wasm-opt -O3 "${features[@]}" "$built" -o target/wasm/bare-fastly.wasm
}

scripts/setup.sh python
scripts/build.sh fastly
scripts/build.sh cloudflare
say 'building what to compare with'
bare
exec target/python/bin/python bench/bench.py "$@"
