#!/usr/bin/env bash
# Begins, builds and tests a component in every language whose tools set-up installs, as somebody new to it would, and leaves
# them in target/guests/languages/ for the scenarios.
#
#   scripts/languages.sh [LANGUAGE …]
#
# A component is built again when what begins and builds it has changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
scripts/setup.sh wasm-cloudflare languages
cargo build --quiet --package selvedge

tools=$root/target/languages/tools
PATH=$root/target/debug:$tools/node_modules/.bin:$tools/python/bin:$root/node_modules/.bin:$PATH
# A toolchain that set-up built is used where rustup has no target.
rustc_has_target wasm32-unknown-unknown || PATH=$sysroot/bin:$PATH
export PATH
# What is said of this workspace is not said of what it builds.
unset CARGO_TARGET_DIR CARGO_ENCODED_RUSTFLAGS
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=false

# usage: component LANGUAGE KIND
component() {
  local language=$1 kind=$2 name=$1-$2 out key
  out=$root/target/guests/languages/$name.wasm
  key=$(find cli/templates/component wit cli/src/component/{language,new,build,encode}.rs -type f -print0 | sort -z | xargs -0 cat | sha256)
  [[ -f $out && -f $out.from && $(<"$out.from") == "$key" ]] && return
  say "$name"
  mkdir -p "$root/target/guests/languages"
  cd "$root/target/languages"
  # Rust's dependencies are worth keeping.
  if [[ -d $name/target ]]; then rm -rf "kept-$name" && mv "$name/target" "kept-$name"; fi
  rm -rf "$name"
  selvedge component new --language "$language" --kind "$kind" "$name" >/dev/null
  if [[ -d kept-$name ]]; then mv "kept-$name" "$name/target"; fi
  cd "$name"
  selvedge component build >build.log 2>&1 || { tail -n 20 build.log >&2; return 1; }
  own_tests "$language" >tests.log 2>&1 || { tail -n 20 tests.log >&2; return 1; }
  selvedge component check
  selvedge component test
  cp component.wasm "$out"
  printf '%s\n' "$key" >"$out.from"
}

# The tests that need no host, as README.md says.
own_tests() {
  case $1 in
    rust) cargo test --lib ;;
    javascript | typescript) npm test ;;
    go) go vet ./... && go test ./... ;;
    c) make test ;;
  esac
}

[[ $# -gt 0 ]] || set -- rust javascript typescript go c
for language in "$@"; do
  for kind in data-collection consent-mapping; do
    (component "$language" "$kind")
  done
done
