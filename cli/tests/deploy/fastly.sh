#!/usr/bin/env bash
# Stands in for Fastly's CLI: writes down how it was called, and answers in the forms in which version 16.1 does.
set -euo pipefail
state=$STATE
printf 'fastly %s\n' "$*" >>"$state/log"
if [[ "$*" == "${FAIL:-}" ]]; then
  echo 'ERROR: the Fastly API returned 500 Internal Server Error.' >&2
  exit 1
fi
# The lists, from the real command and a stand-in of Fastly's API, where a test asks for it.
if [[ -n ${REAL_FASTLY:-} && "$*" =~ ^(secret-store|secret-store-entry|kv-store)\ list ]]; then
  exec "$REAL_FASTLY" "$@"
fi
# The value after an option.
option() {
  local name=$1
  shift
  while (($# > 1)); do
    if [[ $1 == "$name" ]]; then echo "$2"; return; fi
    shift
  done
}
name=$(option --name "$@")
# What there is of a kind, each as in the format, with commas.
list() {
  local first=1 file
  for file in "$state/$1"-*; do
    [[ -e $file ]] || continue
    ((first)) || printf ', '
    first=0
    printf "$2" "${file##*/"$1"-}" "$(<"$file")"
  done
}
# The page of such a list that begins after so many, and what the next one is called by, as `"next_cursor": "2", `.
page() {
  local after=${3:-0} files=("$state/$1"-*) file
  [[ -e ${files[0]} ]] || files=()
  next=
  if ((${#files[@]} > after + PAGE)); then next="\"next_cursor\": \"$((after + PAGE))\", "; fi
  data=
  for file in "${files[@]:after:PAGE}"; do
    data+=${data:+, }$(printf "$2" "${file##*/"$1"-}" "$(<"$file")")
  done
}
PAGE=${PAGE:-50}
case "$*" in
  whoami) echo 'A <a@example.com>' ;;
  'compute build '*) echo 'SUCCESS: Built package' ;;
  'compute deploy '*) touch "$state/deployed" ;;
  'service create '*) echo 'SUCCESS: Created service SVC1' ;;
  'secret-store list --json') printf '[%s]\n' "$(list store '{"name": "%s", "id": "%s"}')" ;;
  'secret-store create '*) echo S1 >"$state/store-$name"; printf '{"name": "%s", "id": "S1"}\n' "$name" ;;
  'secret-store-entry list --json --store-id S1' | 'secret-store-entry list --json --store-id S1 --cursor '*)
    page secret '{"name": "%s", "digest": "x%.0s"}' "$(option --cursor "$@")"
    printf '{"data": [%s], "meta": {%s"limit": 50}}\n' "$data" "$next"
    ;;
  'secret-store-entry create --store-id S1 --stdin --name '*) cat >"$state/secret-$name" ;;
  'kv-store list --json')
    page kv '{"Name": "%s", "StoreID": "%s"}'
    printf '{"Data": [%s], "Meta": {%s"limit": "50"}}\n' "$data" "$next"
    ;;
  'kv-store list --non-interactive')
    for file in "$state"/kv-*; do
      printf '\nID: %s\nName: %s\nCreated (UTC): 2026-01-01 00:00\nLast edited (UTC): 2026-01-01 00:00\n' "$(<"$file")" "${file##*/kv-}"
    done
    ;;
  'kv-store create '*) echo "K-$name" >"$state/kv-$name"; printf '{"Name": "%s", "StoreID": "K-%s"}\n' "$name" "$name" ;;
  'service resource-link list '*) printf '[%s]\n' "$(list link '{"id": "L", "name": "%s", "resource_id": "%s"}')" ;;
  'service resource-link create '*)
    id=$(option --resource-id "$@")
    linked=x-$id
    for file in "$state"/store-* "$state"/kv-*; do
      [[ -e $file && $(<"$file") == "$id" ]] && linked=${file##*/}
    done
    echo "$id" >"$state/link-${linked#*-}"
    echo '{"id": "L"}'
    ;;
  'service domain list --version active --json') echo '[{"Name": "kind-goose.edgecompute.app", "ServiceID": "SVC1"}]' ;;
  *)
    echo "ERROR: error parsing arguments: $*" >&2
    exit 1
    ;;
esac
