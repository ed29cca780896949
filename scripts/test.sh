#!/usr/bin/env bash
# Every check, in the order in which a mistake is cheapest to find. All of them run, whatever fails before.
#
#   scripts/test.sh [lint]     lint: only the checks that run nothing
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

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

check 'formatting' cargo fmt --all --check
# The adapters' code is looked at here too: to be checked it need not link.
check 'clippy' cargo clippy --quiet --workspace --all-targets -- -D warnings
for project in */tsconfig.json; do
  check "types: ${project%/*}" node_modules/.bin/tsc --noEmit --project "$project"
done
check 'the SDK is what its sources say' node sdk/build.mjs --check
if [[ ${1-} != lint ]]; then
  check 'components as third parties write them' scripts/guests.sh
  check 'components in every language, from nothing' scripts/languages.sh
  check 'destinations of our own as components' scripts/components.sh ga4 meta-capi plausible segment webhook
  check 'unit tests' cargo test --quiet --no-fail-fast --workspace --exclude selvedge-fastly --exclude selvedge-tests
  check 'receivers: AWS signatures, moto, ClickHouse, tokens, published schemas' timeout 300 target/python/bin/python -m unittest discover -s tests/receivers -p '*_test.py'
  check 'components in another host: wasmtime' timeout 300 target/python/bin/python -m unittest discover -s tests/hosts -p '*_test.py'
  # Those with components come first: what is left in bin/ and cf-worker/dist/ is the owner's.
  check 'the Fastly artifact, with components' env CONFIG=tests/guests/selvedge.toml scripts/build.sh fastly
  check 'the Cloudflare artifact, with components' env CONFIG=tests/guests/selvedge.toml scripts/build.sh cloudflare
  check 'the Fastly artifact' scripts/build.sh fastly
  check 'the Cloudflare artifact' scripts/build.sh cloudflare
  check 'scenarios, in-process and on both platforms' cargo test --package selvedge-tests
  check 'budgets: instructions, memory, sizes' target/python/bin/python tests/budgets/budgets.py
  check 'benchmarks: those of the core run' target/python/bin/python bench/bench.py --smoke
  check 'workerd: a trap in every export, WebSockets' timeout 300 node --test tests/workerd/*.test.mjs
  check 'rollout: a configuration pushed to what runs, on both platforms' timeout 300 node --test tests/rollout/*.test.mjs
  check 'faults: a destination that fails, on both platforms' timeout 300 node --test tests/faults/*.test.mjs
  check 'the browser: the SDK, and the shop through both emulators' timeout 900 node --test --test-concurrency=1 tests/browser/*.test.mjs
fi

((${#failed[@]} == 0)) || printf '\nfailed: %s\n' "${failed[@]}"
printf '\nchecks: %d passed, %d failed\n' "$passed" "${#failed[@]}"
((${#failed[@]} == 0))
