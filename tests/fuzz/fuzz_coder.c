/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Coded matrices of 6 x 7, each behind its size (2 bytes), in one stream: what is decoded, coded
 * again without a stage, gives the same bits. */
#include <stdlib.h>
#include <string.h>

#include "codec/coder.h"
#include "fuzz.h"

enum { ROWS = 6, COLS = 7 };

static gamlp_coder *coder_of(gamlp_stage stage) {
    gamlp_coder *coder;
    if (gamlp_coder_new(&coder, ROWS, COLS, stage) != GAMLP_OK) abort();
    return coder;
}

static void check_again(const gamlp_dense *a) {
    gamlp_real value[ROWS * COLS];
    gamlp_dense back = {ROWS, COLS, value, true};
    gamlp_coder *to = coder_of(GAMLP_STAGE_NONE), *from = coder_of(GAMLP_STAGE_NONE);
    uint8_t *bytes = malloc((size_t)gamlp_coder_bound(to));
    int64_t size;
    if (gamlp_coder_encode(bytes, &size, to, a, NULL) != GAMLP_OK) abort();
    if (gamlp_coder_decode(&back, from, bytes, size) != GAMLP_OK) abort();
    if (memcmp(value, a->data, sizeof value) != 0) abort();
    free(bytes);
    gamlp_coder_free(to);
    gamlp_coder_free(from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_real value[ROWS * COLS];
    gamlp_dense a = {ROWS, COLS, value, true};
    gamlp_coder *coder = coder_of(GAMLP_STAGE_AUTO);
    while (size >= 2) {
        size_t part = (size_t)(data[0] | data[1] << 8);
        data += 2;
        size -= 2;
        if (part > size) part = size;
        if (gamlp_coder_decode(&a, coder, data, (int64_t)part) != GAMLP_OK) break;
        check_again(&a);
        data += part;
        size -= part;
    }
    gamlp_coder_free(coder);
    return 0;
}
