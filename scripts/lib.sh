# shellcheck shell=bash
# Shared by the scripts beside it; source it, do not run it. Bash 3.2 is enough, so that macOS's own works.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/selvedge

# The version is part of each name, so that a newer recipe or tool never meets the remains of an older one.
sysroot=$cache/wasm-sysroot-1
viceroy_version=0.22.0
viceroy_root=$cache/viceroy-$viceroy_version
go_version=1.27.3
qjs_version=0.4.5

# Everything is found under target/, whatever the user's own setting.
export CARGO_TARGET_DIR=$root/target

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  shift
  for hint in "$@"; do say "  $hint"; done
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

sha256() { if has sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

kib() { echo $((($(wc -c) + 1023) / 1024)); }

# $1 as a version is at least $2 (major.minor only).
at_least() {
  local major minor rest
  IFS=. read -r major minor rest <<<"$1.0"
  [[ $major =~ ^[0-9]+$ && $minor =~ ^[0-9]+$ ]] || return 1
  ((major > ${2%%.*} || (major == ${2%%.*} && minor >= ${2#*.})))
}

# The rustc on PATH can compile for the target $1: true of rustup's targets and of a distribution's packages alike.
rustc_has_target() {
  local dir
  has rustc && dir=$(cd "$root" && rustc --print target-libdir --target "$1" 2>/dev/null) && compgen -G "$dir/libstd-*.rlib" >/dev/null
}

# The sysroot of our own (setup.sh builds it) is complete for the target $1, and by the compiler that is installed now.
sysroot_has_target() {
  local stamp=$sysroot/$1.done
  [[ -f $stamp && $(<"$stamp") == "$(/usr/bin/rustc --version 2>/dev/null)" ]]
}

# cargo, for the Wasm target $1, with whichever compiler set-up chose for it.
wasm_cargo() {
  local target=$1 command=$2
  shift 2
  if rustc_has_target "$target"; then
    cargo "$command" --target "$target" "$@"
  elif sysroot_has_target "$target"; then
    "$sysroot/bin/cargo" "$command" --target "$target" "$@"
  else
    fail "there is no Rust compiler for $target" "run: make setup"
  fi
}

# For CARGO_ENCODED_RUSTFLAGS: paths are shortened in what is shipped. It shall not depend on the machine, nor tell about it.
remapped_paths() {
  local remap=--remap-path-prefix
  printf '%s\x1f' "$remap=$root=." "$remap=${CARGO_HOME:-$HOME/.cargo}=cargo"
  printf %s "$remap=$sysroot=rust"
}

# What set-up keeps in its cache comes first: it is only there when PATH had nothing suitable.
[[ -x $viceroy_root/bin/viceroy ]] && PATH=$viceroy_root/bin:$PATH
export PATH
