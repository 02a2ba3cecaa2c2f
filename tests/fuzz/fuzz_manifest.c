/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/manifest.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_manifest manifest;
    if (gamlp_manifest_parse(&manifest, data, size, "input") == GAMLP_OK)
        gamlp_manifest_clear(&manifest);
    return 0;
}
