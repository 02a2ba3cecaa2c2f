# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts beside it: go to the top of the tree; say what is done.
# shellcheck shell=sh
cd "$(dirname "$0")/.." || exit 1

say() {
    printf '== %s\n' "$*"
}

# quiet LOG COMMAND...: run with the output in LOG, which is shown only on failure.
quiet() {
    log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null && return
    code=$?
    tail -n 60 "$log" >&2
    printf '%s failed with status %d; the whole output is in %s\n' "$*" "$code" "$PWD/$log" >&2
    exit "$code"
}

# build PRESET: configure and build it in build/PRESET.
build() {
    say "Building build/$1 (log: build/$1.log)"
    quiet "build/$1.log" configure_and_build "$1"
}

configure_and_build() {
    cmake --preset "$1" && cmake --build --preset "$1"
}
