#!/usr/bin/env bash
# Builds what is deployed: compiles the adapter to WebAssembly, optimises it, and stamps the configuration into it.
#
#   scripts/build.sh fastly       → bin/main.wasm                 (fastly.toml runs this)
#   scripts/build.sh cloudflare   → cf-worker/dist/selvedge.wasm  (wrangler.toml runs this)
#
# Environment: CONFIG  the configuration (default: selvedge.toml)
#              ORIGIN  a URL that replaces the site's origin (for a local run)
#              CATCH   a URL that receives what would go to the destinations (for a local run)
#              TRACE   not empty: each visit is told whole in the log, for the inspector (for a local run)
#
# Each step is skipped when its input has not changed, so with nothing to do this takes about a second. The artifact before
# stamping stays in target/wasm/selvedge-PLATFORM.wasm; what interprets third parties' components is only compiled into it
# where the configuration names any, and then it is selvedge-PLATFORM-guests.wasm.
set -euo pipefail
here=$PWD
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What every engine of the two platforms has, and what Rust and binaryen may therefore use. It is listed, because a stripped
# module does not say it itself. Memory packing would cut the zeros out of the slot that is stamped below.
wasm_opt_flags=(-O3 --skip-pass=memory-packing --enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-sign-ext
  --enable-nontrapping-float-to-int --enable-mutable-globals --enable-multivalue --enable-reference-types)

main() {
  case ${1-} in
    fastly) target=wasm32-wasip1 crate=selvedge-fastly built=selvedge-fastly.wasm out=bin/main.wasm ;;
    cloudflare) target=wasm32-unknown-unknown crate=selvedge-cloudflare built=selvedge_cloudflare.wasm
      out=cf-worker/dist/selvedge.wasm ;;
    *) say 'usage: scripts/build.sh fastly|cloudflare'; exit 2 ;;
  esac
  platform=$1
  local config=${CONFIG:-$root/selvedge.toml}
  [[ $config == /* ]] || config=$here/$config
  cd "$root"
  scripts/setup.sh node "wasm-$platform"
  selvedge_command
  # Said a second time only where something is wrong with the configuration: before anything is compiled for it.
  local asked=(target/debug/selvedge build --platform "$platform" --config "$config" --features)
  features=$("${asked[@]}" 2>/dev/null) || features=$("${asked[@]}")
  variant=$crate${features:+-$features}
  compile
  optimise
  if [[ $platform == cloudflare ]]; then local_secrets; fi
  stamp "$config"
}

# simd128 is what makes the HTML scanner fast.
compile() {
  local flags quiet
  quiet=$(quiet_once_built "target/wasm/$target/release/$built" "$crate")
  flags=-Ctarget-feature=+simd128$'\x1f'$(remapped_paths)
  CARGO_ENCODED_RUSTFLAGS=$flags CARGO_TARGET_DIR=$root/target/wasm \
    wasm_cargo "$target" build ${quiet:+"$quiet"} --release --package "$crate" ${features:+--features "$features"}
}

# wasm-opt takes many seconds, so its result is kept for as long as its input is the same.
optimise() {
  local input=target/wasm/$target/release/$built key
  optimised=target/wasm/$variant.wasm
  key=$(printf '%s ' "${wasm_opt_flags[@]}" "$(sha256 node_modules/binaryen/package.json "$input")" | sha256)
  if [[ -f $optimised && -f $optimised.from && $(<"$optimised.from") == "$key" ]]; then return; fi
  say "optimising $variant with wasm-opt"
  # Under its final name only when complete; the process id, because two builds may do this at once.
  node_modules/.bin/wasm-opt "${wasm_opt_flags[@]}" "$input" -o "$optimised.$$"
  mv "$optimised.$$" "$optimised"
  printf '%s\n' "$key" >"$optimised.from"
}

selvedge_command() {
  local quiet
  quiet=$(quiet_once_built target/debug/selvedge 'the selvedge command')
  cargo build ${quiet:+"$quiet"} --package selvedge
}

stamp() {
  mkdir -p "$(dirname "$out")"
  target/debug/selvedge build --platform "$platform" --wasm "$optimised" --out "$out" --config "$1" \
    ${ORIGIN:+--origin "$ORIGIN"} ${CATCH:+--catch "$CATCH"} ${TRACE:+--trace}
  say "$out: $(kib <"$out") KiB, $(gzip -9 <"$out" | kib) KiB gzipped"
}

# `wrangler dev` reads secrets from .dev.vars. These are for this machine only; a deployment's are set with `wrangler secret`.
local_secrets() {
  [[ -f .dev.vars ]] && return
  (
    umask 077
    printf 'SELVEDGE_KEY="%s"\nWEBHOOK_SECRET="%s"\n' "$(random_hex)" "$(random_hex)" >.dev.vars
  )
  say 'wrote .dev.vars with secrets for local use'
}

random_hex() { od -An -v -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# The first time, when there is much to compile, cargo reports what it does; later there is little to report.
quiet_once_built() {
  if [[ -f $1 ]]; then echo --quiet; else say "compiling $2 (a minute or more, the first time)"; fi
}

main "$@"
