#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the fuzzers under AddressSanitizer and UndefinedBehaviorSanitizer.
# usage: fuzz.sh [seconds for each, 60] [target...]
# Inputs grow in build/fuzz/corpus/TARGET, starting from tests/fuzz/corpus/TARGET; afterwards the
# smallest set with the same coverage is in build/fuzz/minimal/TARGET.  Findings go to
# build/fuzz/findings; with new ones, the exit status is 1.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

seconds=60
case ${1-} in
[0-9]*)
    seconds=$1
    shift
    ;;
esac
scripts/install-deps.sh build test
build fuzz
work=build/fuzz
findings=$work/findings
mkdir -p "$findings"
touch "$work/start"
programs=$(find $work/tests/fuzz -name 'fuzz_*' -type f -perm -u+x | sort)
test -n "$programs" || { echo "fuzz.sh: no fuzzer was built" >&2; exit 1; }

for program in $programs; do
    target=${program##*/fuzz_}
    case " $* " in "  " | *" $target "* | *" fuzz_$target "*) ;; *) continue ;; esac
    seeds=tests/fuzz/corpus/$target
    mkdir -p "$work/corpus/$target" "$work/minimal/$target"
    test -d "$seeds" || seeds=
    say "fuzz_$target for $seconds s (log: $work/$target.log)"
    # shellcheck disable=SC2086
    "$program" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
        -artifact_prefix="$findings/$target-" "$work/corpus/$target" $seeds \
        >"$work/$target.log" 2>&1 </dev/null || tail -n 40 "$work/$target.log"
    grep -E 'cov: ' "$work/$target.log" | tail -n 1 || true
    grep -E 'number_of_executed_units|peak_rss' "$work/$target.log" || true
    # shellcheck disable=SC2086
    "$program" -merge=1 "$work/minimal/$target" "$work/corpus/$target" $seeds \
        >"$work/$target-minimal.log" 2>&1 </dev/null || true
    echo "minimal corpus: $(find "$work/minimal/$target" -type f | wc -l) inputs"
done

count=$(find "$findings" -type f -newer "$work/start" | wc -l)
say "$count new findings in $findings"
test "$count" = 0
