#!/usr/bin/env bash
# Every check, in the order in which a mistake is cheapest to find. All of them run, whatever fails before.
#
#   scripts/test.sh [lint]     lint: only the checks that run nothing
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

wasm_crates=(--exclude selvedge-fastly --exclude selvedge-cloudflare)
failed=()
passed=0

# usage: check HEADING COMMAND…
check() {
  local heading=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$heading"
  if "$@"; then
    passed=$((passed + 1))
    printf -- '--- %s: passed (%d s)\n' "$heading" $((SECONDS - start))
  else
    failed+=("$heading")
    printf -- '--- %s: FAILED (%d s)\n' "$heading" $((SECONDS - start))
  fi
}

# On its own target where the toolchain has a clippy for it. The sysroot's compiler has none (Debian's clippy would bring
# another version's lints), and there the host's looks at the same code: it need not link.
wasm_clippy() {
  local crate=$1 target=$2 args=()
  rustc_has_target "$target" && args=(--target "$target")
  cargo clippy --quiet --package "$crate" ${args[@]+"${args[@]}"} -- -D warnings
}

check 'formatting' cargo fmt --all --check
check 'clippy: what runs on this machine' cargo clippy --quiet --workspace "${wasm_crates[@]}" --all-targets -- -D warnings
check 'clippy: the Fastly adapter' wasm_clippy selvedge-fastly wasm32-wasip1
check 'clippy: the Cloudflare adapter' wasm_clippy selvedge-cloudflare wasm32-unknown-unknown
for project in */tsconfig.json; do
  check "types: ${project%/*}" node_modules/.bin/tsc --noEmit --project "$project"
done
if [[ ${1-} != lint ]]; then
  check 'unit tests' cargo test --quiet --workspace --exclude selvedge-fastly --exclude selvedge-tests
  check 'the Fastly artifact' scripts/build.sh fastly
  check 'the Cloudflare artifact' scripts/build.sh cloudflare
  check 'scenarios, in-process and on both platforms' cargo test --package selvedge-tests
  check 'budgets: instructions, memory, sizes' target/python/bin/python tests/budgets/budgets.py
  check 'workerd: a trap in every export, WebSockets' node --test tests/workerd/
fi

((${#failed[@]} == 0)) || printf '\nfailed: %s\n' "${failed[@]}"
printf '\nchecks: %d passed, %d failed\n' "$passed" "${#failed[@]}"
((${#failed[@]} == 0))
