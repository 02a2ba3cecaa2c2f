#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The shared library exports exactly what the public headers declare, as the compiler reads them.
# usage: exports.sh LIBRARY INCLUDE GCC
set -eu
library=$1 include=$2 cc=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for header in "$include"/gamlp/*.h; do echo "#include <gamlp/${header##*/}>"; done >"$work/all.c"
"$cc" -std=c17 -I "$include" -aux-info "$work/prototypes" -fsyntax-only "$work/all.c"
{
    sed -n 's/^.*\/gamlp\/[a-z_]*\.h:.*[ *]\(gamlp_[a-z0-9_]*\) (.*$/\1/p' "$work/prototypes"
    sed -n 's/^extern .*[ *]\(gamlp_[a-z0-9_]*\)[[;].*$/\1/p' "$include"/gamlp/*.h
} | sort -u >"$work/declared"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
    sort -u >"$work/exported"
test -s "$work/declared" && test -s "$work/exported"
diff "$work/declared" "$work/exported" && exit
echo "'<' is declared and not exported or not defined, '>' is exported and not declared"
exit 1
