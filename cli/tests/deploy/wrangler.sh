#!/usr/bin/env bash
# Stands in for wrangler: writes down how it was called, and answers as wrangler 4.86 does. What it "created" are files.
set -euo pipefail
state=$STATE
printf 'wrangler %s\n' "$*" >>"$state/log"
if [[ "$*" == "${FAIL:-}" ]]; then
  printf '✘ [ERROR] A request to the Cloudflare API failed.\n' >&2
  exit 1
fi
case "$*" in
  'whoami --json') echo '{"loggedIn": true, "email": "a@example.com"}' ;;
  'deploy --dry-run') echo '--dry-run: exiting now.' ;;
  deploy)
    touch "$state/worker"
    printf '{"type":"wrangler-session","version":1}\n{"type":"deploy","version":1,"targets":["https://selvedge.me.workers.dev"]}\n' \
      >"$WRANGLER_OUTPUT_FILE_PATH"
    ;;
  'queues info '*)
    if [[ ! -e $state/queue-$3 ]]; then
      printf '✘ [ERROR] Queue "%s" does not exist. To create it, run: wrangler queues create %s\n' "$3" "$3" >&2
      exit 1
    fi
    echo "Queue Name: $3"
    ;;
  'queues create '*) touch "$state/queue-$3" ;;
  'kv namespace list')
    list=
    for file in "$state"/kv-*; do
      [[ -e $file ]] && list+=${list:+, }'{"id": "id-of-'${file##*/kv-}'", "title": "'${file##*/kv-}'"}'
    done
    printf '[\n  %s\n]\n' "$list"
    ;;
  'kv namespace create '*)
    touch "$state/kv-$4"
    printf '🌀 Creating namespace with title "%s"\n✨ Success!\n[[kv_namespaces]]\nbinding = "x"\nid = "id-of-%s"\n' "$4" "$4"
    ;;
  'secret list --format json')
    if [[ ! -e $state/worker ]]; then
      printf '✘ [ERROR] Worker "selvedge" not found.\n\nIf this is a new Worker, run `wrangler deploy` first to create it.\n' >&2
      exit 1
    fi
    list=
    for file in "$state"/secret-*; do
      [[ -e $file ]] && list+=${list:+, }'{"name": "'${file##*/secret-}'", "type": "secret_text"}'
    done
    printf '[\n  %s\n]\n' "$list"
    ;;
  'secret put '*)
    cat >"$state/secret-$3"
    touch "$state/worker"
    ;;
  *)
    echo "✘ [ERROR] Unknown arguments: $*" >&2
    exit 1
    ;;
esac
