#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install what is missing, build, test.  usage: test.sh [tier...]
# Tiers: unit style install fuzz-replay dist build sanitizer (docs/testing.md); none: all of them.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

for tier in "$@"; do
    case $tier in
    unit | style | install | fuzz-replay | dist | build | sanitizer) ;;
    *)
        echo "test.sh: unknown tier '$tier'; there are: unit style install fuzz-replay dist build" \
            "sanitizer" >&2
        exit 64
        ;;
    esac
done

scripts/install-deps.sh build test
build dev
CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL-$(nproc)}
export CTEST_PARALLEL_LEVEL
labels=$(echo "${*:-.*}" | tr ' ' '|')
say "Testing (whole output: build/dev/Testing/Temporary/LastTest.log)"
exec ctest --test-dir build/dev --output-on-failure --no-tests=error -L "^($labels)\$" </dev/null
