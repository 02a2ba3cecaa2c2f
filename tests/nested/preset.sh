#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Configure, build and test one preset, from the top of the source tree.
set -eu
cmake --preset "$1"
cmake --build --preset "$1"
ctest --preset "$1"
