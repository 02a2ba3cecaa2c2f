/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders and answers between coordinator and workers; the first byte says which.  The columns of a
 * split get the hash that belongs to them.  What is read is written and read again. */
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "fuzz.h"
#include "runtime/orders.h"
#include "runtime/settings.h"

static void read_data(const uint8_t *data, size_t size) {
    enum { HEX = GAMLP_HASH_HEX - 1 };
    gamlp_order_data order;
    gamlp_hash hash;
    char hex[GAMLP_HASH_HEX];
    uint8_t *bytes = malloc(size + HEX);
    if (size > 0) memcpy(bytes, data, size);
    gamlp_hash_init(&hash);
    gamlp_hash_bytes(&hash, bytes, size);
    gamlp_hash_hex(&hash, hex);
    memcpy(bytes + size, hex, HEX);
    if (gamlp_order_data_get(&order, bytes, size + HEX) == GAMLP_OK) {
        gamlp_writer w = {0};
        gamlp_order_data_put(&w, &order);
        if (w.size != size + HEX || memcmp(w.data, bytes, w.size) != 0) abort();
        gamlp_writer_clear(&w);
        gamlp_order_data_clear(&order);
    }
    free(bytes);
}

static void read_hello(const uint8_t *data, size_t size) {
    gamlp_answer_hello hello;
    gamlp_writer w = {0};
    if (gamlp_answer_hello_get(&hello, data, size) != GAMLP_OK) return;
    gamlp_answer_hello_put(&w, &hello);
    if (w.size != size || memcmp(w.data, data, size) != 0) abort();
    gamlp_writer_clear(&w);
}

static void read_figures(const uint8_t *data, size_t size) {
    static gamlp_answer_figures figures;
    gamlp_writer w = {0};
    if (gamlp_answer_figures_get(&figures, data, size) != GAMLP_OK) return;
    gamlp_answer_figures_put(&w, &figures);
    if (w.size != size || memcmp(w.data, data, size) != 0) abort();
    gamlp_writer_clear(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static gamlp_order_share share;
    if (size == 0) return 0;
    uint8_t which = data[0];
    data++;
    size--;
    switch (which & 3) {
    case 0:
        read_data(data, size);
        break;
    case 1:
        (void)gamlp_order_share_get(&share, data, size);
        break;
    case 2:
        read_hello(data, size);
        break;
    default:
        read_figures(data, size);
        break;
    }
    return 0;
}
