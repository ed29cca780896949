#!/usr/bin/env bash
# How long it takes, and how many steps, from a fresh clone to the first event that is delivered: clones what is committed here
# into a directory of its own, runs `make serve` there, opens the shop's first page, and waits for the event at the catcher.
#
#   scripts/first-event.sh             PLATFORM=fastly for Fastly's emulator; ROUNDS=2 does it again in the same clone
#
# What the machine has downloaded before (cargo's and npm's caches, an emulator that was compiled) is not downloaded again;
# everything is compiled anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

platform=${PLATFORM:-cloudflare}
place=$(mktemp -d)
serving=

# Ends `make serve` with all that it has started, and nothing else.
finish() {
  if [[ -n $serving ]]; then
    kill -INT -- "-$serving" 2>/dev/null || true
    wait "$serving" 2>/dev/null || true
    serving=
  fi
}
trap 'finish; rm -rf "$place"' EXIT

# Waits until a line of what is served matches. usage: await PATTERN WHAT
await() {
  until grep -qE "$1" "$place/log"; do
    if ! kill -0 "$serving" 2>/dev/null; then
      tail -n 30 "$place/log" >&2
      fail "make serve ended before there was $2"
    fi
    sleep 0.1
  done
}

tenths() { date +%s%N | sed 's/........$//'; }
shown() { printf '%d.%d s' $((($1) / 10)) $((($1) % 10)); }

# usage: round CLONE-TENTHS
round() {
  local port start ready
  port=$(node -e 's=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  start=$(tenths)
  : >"$place/log"
  set -m
  (cd "$place/selvedge" && exec make serve PLATFORM="$platform" PORT="$port") >"$place/log" 2>&1 &
  serving=$!
  set +m
  await "http://127\.0\.0\.1:$port/ " 'an address'
  ready=$(tenths)
  # As a browser asks for a page; programs are told apart, and are not reported.
  curl --silent --show-error --fail --output /dev/null --user-agent 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' \
    --header 'accept: text/html' --header 'accept-language: en' --header 'sec-fetch-dest: document' "http://127.0.0.1:$port/"
  await ' ga4 +page_view ' 'an event'
  printf '  2. make serve                 %s\n' "$(shown $((ready - start)))"
  printf '  3. open the address           %s until its event is delivered\n' "$(shown $(($(tenths) - ready)))"
  printf '  together                      %s\n' "$(shown $(($(tenths) - start + $1)))"
  finish
}

start=$(tenths)
git clone --quiet --depth 1 "file://$root" "$place/selvedge"
cloned=$(($(tenths) - start))
echo "From a fresh clone to the first delivered event, on the emulator of $platform: 3 steps"
printf '  1. git clone                  %s\n' "$(shown $cloned)"
round $cloned
for ((again = 2; again <= ${ROUNDS:-1}; again++)); do
  echo "Again, with everything built:"
  round 0
done
