#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build release with the benchmarks and compare an iteration with one in PyTorch; one JSON object on
# standard output.  Arguments go to tests/bench/compare_peer.py.  PYTHON: a python3 that has torch.
. "$(dirname "$0")/common.sh"

for python in "${PYTHON:-}" /usr/bin/python3 python3; do
    [ -n "$python" ] && "$python" -c 'import torch' 2>/dev/null && break
    python=
done
if [ -z "$python" ]; then
    echo "No python3 with PyTorch here (Debian: python3-torch); set PYTHON" >&2
    exit 69
fi

say "Building build/bench (log: build/bench.log)" >&2
quiet build/bench.log cmake --preset release -B build/bench -DGAMLP_TESTS=ON
quiet build/bench.log cmake --build build/bench --target bench_iteration
exec "$python" -B tests/bench/compare_peer.py build/bench/tests/bench/bench_iteration "$@"
