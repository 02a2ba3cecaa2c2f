#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run a test program.  One that passed but skipped a case exits with 77, which ctest shows.
{
    "$@" 2>&1
    echo "exit status $?"
} | awk '
    /^exit status [0-9]+$/ { code = $3; next }
    { print; fflush() }
    /\[  SKIPPED \]/ { skipped = 1 }
    END { exit code == "" ? 1 : code != 0 ? code : skipped ? 77 : 0 }'
