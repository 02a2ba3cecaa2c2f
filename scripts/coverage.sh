#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the unit and replay tests in build/coverage and print the lines they reach, file by file.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

scripts/install-deps.sh build test
build coverage
find build/coverage -name '*.gcda' -exec rm -f {} +
say "Testing (log: build/coverage-test.log)"
quiet build/coverage-test.log ctest --preset coverage
find build/coverage/lib build/coverage/apps -name '*.gcno' -exec gcov -n {} + 2>/dev/null |
    awk -v top="$PWD/" '
        /^File / { file = substr($2, 2, length($2) - 2); sub(top, "", file) }
        /^Lines executed/ && file ~ /^(lib|apps)\// {
            split($0, part, /[:% ]+/)
            if (part[3] >= percent[file]) percent[file] = part[3]
            if (part[5] >= size[file]) size[file] = part[5]
            file = "" # the total over all files follows without a name
        }
        END {
            for (file in size) {
                printf "%7.2f %% of %5d  %s\n", percent[file], size[file], file | "sort -k5"
                reached += percent[file] * size[file] / 100
                lines += size[file]
            }
            close("sort -k5")
            if (lines == 0) { print "coverage.sh: nothing was measured"; exit 1 }
            printf "%7.2f %% of %5d  in all\n", 100 * reached / lines, lines
        }'
