#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# From a fresh checkout to a result: install what is missing, build, train on embedded data.
set -eu
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

scripts/install-deps.sh build
build release
out=runs/quickstart-$(date +%Y%m%d-%H%M%S)
set -- build/release/apps/gamlp/gamlp train citation-sim --seeds 3 --out "$out"
say "Training on a generated citation graph: $*"
exec "$@"
