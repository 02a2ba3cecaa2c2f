/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders and answers between coordinator and workers; the first byte says which.  The columns of a
 * split get the hash that belongs to them.  What is read is written and read again.  Weights and
 * states of layers go into those of a small net. */
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

static void read_weights(const uint8_t *data, size_t size) {
    gamlp_real weight[6], bias[3];
    gamlp_layer layer = {.weight = {3, 2, weight, true}, .bias = {3, 1, bias, true}};
    gamlp_reader r = gamlp_reader_of(data, size);
    gamlp_writer w = {0};
    int64_t number = gamlp_get_int(&r, 1, GAMLP_LAYERS_MAX);
    if (gamlp_order_weights_get(&layer, &r) != GAMLP_OK) return;
    gamlp_order_weights_put(&w, number, &layer);
    if (w.size != size || memcmp(w.data, data, size) != 0) abort();
    gamlp_writer_clear(&w);
}

/* Layers 1 to 3 of a net of 4 features, 2 neurons and 2 classes, with 3 columns. */
static gamlp_pdadmm *make_block(void) {
    static gamlp_stack x;
    static int32_t label[3];
    static int64_t hidden[] = {2, 2};
    gamlp_pdadmm *block = NULL;
    gamlp_problem *problem = NULL;
    gamlp_dense columns;
    gamlp_pdadmm_options options;
    gamlp_pdadmm_plan plan = {
        .layers = 3, .hidden = hidden, .first = 1, .last = 3, .init_scale = 1, .hold = true};
    gamlp_stack_init(&x, 3);
    gamlp_pdadmm_options_default(&options);
    if (gamlp_dense_init(&columns, 4, 3) != GAMLP_OK) abort();
    for (int i = 0; i < 12; i++) columns.data[i] = (gamlp_real)(i % 5);
    if (gamlp_stack_push_dense(&x, &columns) != GAMLP_OK ||
        gamlp_problem_new(&problem, &x, label, 2) != GAMLP_OK ||
        gamlp_pdadmm_new(&block, problem, &plan, &options) != GAMLP_OK)
        abort();
    return block;
}

static void read_layer(const uint8_t *data, size_t size) {
    static gamlp_pdadmm *block;
    if (!block) block = make_block();
    if (size == 0) return;
    (void)gamlp_pdadmm_load(block, 1 + data[0] % 3, data + 1, size - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static gamlp_order_share share;
    if (size == 0) return 0;
    uint8_t which = data[0];
    data++;
    size--;
    switch (which & 7) {
    case 0:
        read_data(data, size);
        break;
    case 1:
        (void)gamlp_order_share_get(&share, data, size);
        break;
    case 2:
        read_hello(data, size);
        break;
    case 4:
        read_weights(data, size);
        break;
    case 5:
        read_layer(data, size);
        break;
    default:
        read_figures(data, size);
        break;
    }
    return 0;
}
