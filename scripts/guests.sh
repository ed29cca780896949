#!/usr/bin/env bash
# Builds the components that the tests take for third parties': tests/guests/NAME → target/guests/NAME.wasm.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

CARGO_TARGET_DIR=$root/target/guests/build \
  wasm_cargo wasm32-unknown-unknown build --quiet --release --locked --manifest-path tests/guests/Cargo.toml
for module in target/guests/build/wasm32-unknown-unknown/release/*.wasm; do
  component=target/guests/$(basename "$module")
  if [[ ! -f $component || $module -nt $component ]]; then
    cargo run --quiet --package selvedge-guests --features link --example componentize -- "$module" "$component"
  fi
done
