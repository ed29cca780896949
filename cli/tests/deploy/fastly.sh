#!/usr/bin/env bash
# Stands in for Fastly's CLI: writes down how it was called, and answers in the forms in which version 16.1 does.
set -euo pipefail
state=$STATE
printf 'fastly %s\n' "$*" >>"$state/log"
if [[ "$*" == "${FAIL:-}" ]]; then
  echo 'ERROR: the Fastly API returned 500 Internal Server Error.' >&2
  exit 1
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
case "$*" in
  whoami) echo 'A <a@example.com>' ;;
  'compute build '*) echo 'SUCCESS: Built package' ;;
  'compute deploy '*) touch "$state/deployed" ;;
  'service create '*) echo 'SUCCESS: Created service SVC1' ;;
  'secret-store list --json') printf '[%s]\n' "$(list store '{"name": "%s", "id": "%s"}')" ;;
  'secret-store create '*) echo S1 >"$state/store-$name"; printf '{"name": "%s", "id": "S1"}\n' "$name" ;;
  'secret-store-entry list --json --store-id S1') printf '{"data": [%s], "meta": {"limit": 100}}\n' "$(list secret '{"name": "%s", "digest": "x%.0s"}')" ;;
  'secret-store-entry create --store-id S1 --stdin --name '*) cat >"$state/secret-$name" ;;
  'kv-store list --json') printf '{"Data": [%s], "Meta": {"limit": "100"}}\n' "$(list kv '{"Name": "%s", "StoreID": "%s"}')" ;;
  'kv-store create '*) echo "K-$name" >"$state/kv-$name"; printf '{"Name": "%s", "StoreID": "K-%s"}\n' "$name" "$name" ;;
  'service resource-link list '*) printf '[%s]\n' "$(list link '{"id": "L", "name": "%s", "resource_id": "%s"}')" ;;
  'service resource-link create '*)
    id=$(option --resource-id "$@")
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
