#!/usr/bin/env bash
# Builds Selvedge's own destinations as components, for any host of Edgee's interface: target/components/KIND.wasm, and the
# manifest target/components/KIND/edgee-component.toml.
#
#   scripts/components.sh [KIND …]     without a kind: all that can be components; of the others it says why
#
# A component is built again when what it is made of has changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
scripts/setup.sh wasm-cloudflare
cargo build --quiet --package selvedge
cargo build --quiet --package selvedge-component --example manifests

# A toolchain that set-up built is used where rustup has no target.
rustc_has_target wasm32-unknown-unknown || PATH=$sysroot/bin:$PATH
export PATH
flags=$(remapped_paths)
sources=$(find Cargo.{toml,lock} {core,components,component}/{Cargo.toml,src} component/examples wit scripts/components.sh \
  cli/src/component/{build,encode}.rs -type f -print0 | sort -z | xargs -0 cat | sha256)

# usage: component KIND [ARGUMENT-OF-CHECK …]
component() {
  local out=target/components/$1.wasm home=target/components/$1
  shift
  if [[ ! -f $out || ! -f $home/from || $(<"$home/from") != "$sources" ]]; then
    CARGO_ENCODED_RUSTFLAGS=$flags target/debug/selvedge component build "$home" >"$home/build.log" 2>&1 ||
      { tail -n 20 "$home/build.log" >&2; return 1; }
    printf '%s\n' "$sources" >"$home/from"
  fi
  target/debug/selvedge component check "$home" "$@"
  printf '  %-14s%s KiB, %s KiB gzipped\n' file "$(kib <"$out")" "$(gzip -9 <"$out" | kib)"
}

kinds=$(target/debug/examples/manifests target/components "$@")
while IFS=$'\t' read -r -a arguments; do
  component "${arguments[@]}"
done <<<"$kinds"
