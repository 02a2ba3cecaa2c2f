#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install BUILD into a fresh prefix, then build and run clients that know only that prefix.
# usage: client.sh BUILD SOURCE CC CXX
set -eu
build=$1 source=$2 cc=$3 cxx=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
    echo "install: $*" >&2
    exit 1
}

run() { # run PROGRAM shared|static: it works, and loads the shared library or does not
    needs=$(LD_LIBRARY_PATH=$libdir ldd "$1" | grep -c "$libdir/libgamlp" || true)
    case $2:$needs in shared:1 | static:0) ;; *) fail "$1 is not linked as $2" ;; esac
    LD_LIBRARY_PATH=$libdir "$1" || fail "$1 failed"
}

cmake --install "$build" --prefix "$prefix" >"$work/log" || fail "$(cat "$work/log")"
pc=$(find "$prefix" -name gamlp.pc)
libdir=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
client=$source/tests/install/client/client.c

# pkg-config; the static link names the archive, since -lgamlp prefers the shared library.
# shellcheck disable=SC2046
"$cc" -std=c17 $(pkg-config --cflags gamlp) "$client" -o "$work/shared" $(pkg-config --libs gamlp)
run "$work/shared" shared
# shellcheck disable=SC2046
"$cc" -std=c17 $(pkg-config --cflags gamlp) "$client" -o "$work/static" \
    $(pkg-config --libs --static gamlp | sed 's/-lgamlp/-l:libgamlp.a/')
run "$work/static" static

# The CMake package.
cmake -G Ninja -S "$source/tests/install/client" -B "$work/cmake" -DCMAKE_C_COMPILER="$cc" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
cmake --build "$work/cmake" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
run "$work/cmake/client_shared" shared
run "$work/cmake/client_static" static

# The example of the README.
awk '/^```c$/ { c = 1; next } /^```$/ { c = 0 } c' "$source/README.md" >"$work/example.c"
# shellcheck disable=SC2046
"$cc" -std=c17 -Wall -Wextra -Werror "$work/example.c" -o "$work/example" \
    $(pkg-config --cflags --libs gamlp)
(cd "$work" && run "$work/example" shared)

# A C++ program that includes every public header.
{
    for header in "$prefix"/include/gamlp/*.h; do echo "#include <gamlp/${header##*/}>"; done
    echo 'int main() { return gamlp_status_exit_code(GAMLP_OK); }'
} >"$work/all.cpp"
# shellcheck disable=SC2046
"$cxx" -std=c++11 -Wall -Wextra -Werror $(pkg-config --cflags gamlp) "$work/all.cpp" \
    -o "$work/all" $(pkg-config --libs gamlp)
run "$work/all" shared

# The installed program finds the library by itself.
"$prefix/bin/gamlp" version >/dev/null || fail "the installed program does not run"
