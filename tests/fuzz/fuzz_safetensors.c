/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "gamlp/alloc.h"
#include "gamlp/model.h"

/* What decodes encodes again, and that decodes to the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_model model, again;
    unsigned char *bytes, *twice;
    size_t length, length_twice;
    if (gamlp_model_decode(&model, data, size, "input") != GAMLP_OK) return 0;
    if (gamlp_model_encode(&bytes, &length, &model) == GAMLP_OK) {
        if (gamlp_model_decode(&again, bytes, length, "again") != GAMLP_OK) abort();
        if (gamlp_model_encode(&twice, &length_twice, &again) != GAMLP_OK) abort();
        if (length != length_twice || memcmp(bytes, twice, length) != 0) abort();
        gamlp_free(twice);
        gamlp_model_clear(&again);
        gamlp_free(bytes);
    }
    gamlp_model_clear(&model);
    return 0;
}
