/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry point that libFuzzer and replay.c call. */
#ifndef GAMLP_FUZZ_H
#define GAMLP_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
