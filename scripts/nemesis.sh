#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests of the tier dist in full: every worker killed in every phase, faults of the network, slow links,
# little memory and disk, enemies at the ports, then 1,000 runs of three workers that start and end.
# usage: nemesis.sh [CYCLES]
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

build dev
GAMLP_NEMESIS=1
export GAMLP_NEMESIS
ctest --test-dir build/dev --output-on-failure --no-tests=error -L '^dist$' --timeout 7200 </dev/null
say "Starting and ending ${1-1000} runs"
exec python3 -B tests/dist/cycles.py build/dev/apps/gamlp/gamlp "$PWD" "${1-1000}"
