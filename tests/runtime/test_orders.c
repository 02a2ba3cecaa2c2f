/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders and answers: what is written is read, every cut and every changed byte is refused or
 * harmless. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/worker.h"
#include "net.h"
#include "runtime/orders.h"

typedef gamlp_status (*reader)(const void *bytes, size_t size);

static gamlp_status read_data(const void *bytes, size_t size) {
    gamlp_order_data data;
    gamlp_status status = gamlp_order_data_get(&data, bytes, size);
    if (status == GAMLP_OK) gamlp_order_data_clear(&data);
    return status;
}

static gamlp_status read_share(const void *bytes, size_t size) {
    static gamlp_order_share share;
    return gamlp_order_share_get(&share, bytes, size);
}

static gamlp_status read_hello(const void *bytes, size_t size) {
    gamlp_answer_hello hello;
    return gamlp_answer_hello_get(&hello, bytes, size);
}

static gamlp_status read_figures(const void *bytes, size_t size) {
    static gamlp_answer_figures figures;
    return gamlp_answer_figures_get(&figures, bytes, size);
}

/* Cuts are refused; changed bytes lead to no fault, whatever is said of them. */
static void hurt(gamlp_writer *w, reader read) {
    CHECK_OK(gamlp_writer_check(w));
    CHECK_OK(read(w->data, w->size));
    for (size_t cut = 0; cut < w->size; cut += 1 + cut / 50) {
        unsigned char *part;
        CHECK_OK(gamlp_new_raw(&part, (int64_t)cut, 1, "a part"));
        if (cut > 0) memcpy(part, w->data, cut);
        assert_int_equal(read(part, cut), GAMLP_E_DATA);
        gamlp_free(part);
    }
    for (size_t i = 0; i < w->size; i += 1 + i / 50) {
        w->data[i] ^= 0xff;
        read(w->data, w->size);
        w->data[i] ^= 0xff;
    }
    CHECK_OK(read(w->data, w->size));
    gamlp_writer_clear(w);
}

static void make_data(gamlp_order_data *data, net *t) {
    net_init(t, 9, 6, 3, 2, 4, 1);
    *data = (gamlp_order_data){.features = 9,
                               .classes = 3,
                               .columns = {6, 6, 6},
                               .has_x = true,
                               .has_label = true,
                               .x = {t->x, t->x, t->x},
                               .label = {t->label, t->label, t->label}};
}

static void columns_arrive(void **state) {
    (void)state;
    net t;
    gamlp_order_data data, got;
    gamlp_writer w = {0};
    make_data(&data, &t);
    gamlp_order_data_put(&w, &data);
    CHECK_OK(gamlp_order_data_get(&got, w.data, w.size));
    assert_int_equal(got.x[1].rows, 9);
    assert_int_equal(got.x[1].blocks, t.x.blocks);
    for (int64_t k = 0; k < t.x.blocks; k++) {
        const gamlp_block *a = &t.x.block[k], *b = &got.x[1].block[k];
        if (a->sparse.ptr)
            assert_memory_equal(a->sparse.val, b->sparse.val,
                                (size_t)a->sparse.nnz * sizeof *a->sparse.val);
        else
            assert_memory_equal(a->dense.data, b->dense.data,
                                (size_t)(a->dense.rows * a->dense.cols) * sizeof *a->dense.data);
    }
    assert_memory_equal(got.label[2], t.label, 6 * sizeof *t.label);
    gamlp_order_data_clear(&got);
    w.data[w.size / 2] ^= 1;
    CHECK_FAILS(gamlp_order_data_get(&got, w.data, w.size), GAMLP_E_DATA, "hash");
    w.data[w.size / 2] ^= 1;
    hurt(&w, read_data);
    data.has_x = false;
    gamlp_order_data_put(&w, &data);
    hurt(&w, read_data);
    net_clear(&t);
}

static void shares_arrive(void **state) {
    (void)state;
    static gamlp_order_share share, got;
    gamlp_settings settings;
    gamlp_writer w = {0};
    gamlp_settings_default(&settings);
    CHECK_OK(gamlp_settings_set(&settings, "bits", "4", GAMLP_ORIGIN_COMMAND));
    share = (gamlp_order_share){.generation = 7,
                                .layers = 4,
                                .first = 2,
                                .last = 3,
                                .hidden = {5, 6, 7},
                                .init_scale = 0.25,
                                .seed = UINT64_MAX,
                                .rho = 3,
                                .below = 1,
                                .above = 9,
                                .below_at = "ipc:///x/1"};
    CHECK_OK(gamlp_order_share_put(&w, &share, &settings));
    CHECK_OK(gamlp_order_share_get(&got, w.data, w.size));
    assert_int_equal(got.hidden[2], 7);
    assert_true(got.seed == UINT64_MAX && got.rho == 3 && got.init_scale == 0.25);
    assert_int_equal(got.options.bits, 4);
    assert_string_equal(got.below_at, "ipc:///x/1");
    hurt(&w, read_share);
}

static void answers_arrive(void **state) {
    (void)state;
    static gamlp_answer_figures figures, told;
    gamlp_answer_hello hello = {.version = "1", .host = "h", .real_size = 4, .pid = 12}, heard;
    gamlp_writer w = {0};
    gamlp_answer_hello_put(&w, &hello);
    CHECK_OK(gamlp_answer_hello_get(&heard, w.data, w.size));
    assert_int_equal(heard.pid, 12);
    hurt(&w, read_hello);
    figures = (gamlp_answer_figures){.iteration = 5, .first = 2, .last = 3, .wait = 0.5};
    figures.layer[1].risk = 1.25;
    figures.layer[1].trials = 3;
    gamlp_answer_figures_put(&w, &figures);
    CHECK_OK(gamlp_answer_figures_get(&told, w.data, w.size));
    assert_memory_equal(&told.layer[1], &figures.layer[1], sizeof figures.layer[1]);
    assert_true(told.wait == 0.5);
    hurt(&w, read_figures);
}

static gamlp_layer adopted;

static gamlp_status read_weights(const void *bytes, size_t size) {
    gamlp_reader r = gamlp_reader_of(bytes, size);
    gamlp_get_int(&r, 1, GAMLP_LAYERS_MAX);
    return gamlp_order_weights_get(&adopted, &r);
}

static void weights_arrive(void **state) {
    (void)state;
    gamlp_layer layer = {0};
    gamlp_writer w = {0}, other = {0};
    CHECK_OK(gamlp_dense_init(&layer.weight, 3, 2));
    CHECK_OK(gamlp_dense_init(&layer.bias, 3, 1));
    CHECK_OK(gamlp_dense_init(&adopted.weight, 3, 2));
    CHECK_OK(gamlp_dense_init(&adopted.bias, 3, 1));
    for (int i = 0; i < 6; i++) layer.weight.data[i] = (gamlp_real)(i + 1);
    for (int i = 0; i < 3; i++) layer.bias.data[i] = (gamlp_real)-i;
    gamlp_order_weights_put(&w, 7, &layer);
    CHECK_OK(read_weights(w.data, w.size));
    assert_memory_equal(adopted.weight.data, layer.weight.data, 6 * sizeof(gamlp_real));
    assert_memory_equal(adopted.bias.data, layer.bias.data, 3 * sizeof(gamlp_real));
    hurt(&w, read_weights);
    layer.weight.rows = 2;
    layer.weight.cols = 3;
    gamlp_order_weights_put(&other, 7, &layer);
    CHECK_FAILS(read_weights(other.data, other.size), GAMLP_E_DATA, "weights");
    gamlp_writer_clear(&other);
    gamlp_dense_clear(&layer.weight);
    gamlp_dense_clear(&layer.bias);
    gamlp_dense_clear(&adopted.weight);
    gamlp_dense_clear(&adopted.bias);
}

static void tickets_are_read_back(void **state) {
    (void)state;
    gamlp_ticket ticket, got;
    char text[4096];
    gamlp_ticket_default(&ticket);
    snprintf(ticket.coordinator, sizeof ticket.coordinator, "tcp://10.0.0.1:5");
    ticket.job = 0xfedcba9876543210u;
    ticket.number = 3;
    ticket.insecure = true;
    gamlp_ticket_print(text, sizeof text, &ticket);
    CHECK_OK(gamlp_ticket_parse(&got, text));
    assert_string_equal(got.coordinator, ticket.coordinator);
    assert_true(got.job == ticket.job && got.number == 3 && got.insecure && got.patience == 60);
    assert_true(got.sharers == 1);
    CHECK_FAILS(gamlp_ticket_parse(&got, "gamlp-ticket 1\nsharers 0\n"), GAMLP_E_CONFIG, "sharers");
    CHECK_FAILS(gamlp_ticket_parse(&got, "hello\n"), GAMLP_E_CONFIG, "begin");
    CHECK_FAILS(gamlp_ticket_parse(&got, "gamlp-ticket 1\njob 12\n"), GAMLP_E_CONFIG, "line 2");
    CHECK_FAILS(gamlp_ticket_parse(&got, "gamlp-ticket 1\nnumber 70000\n"), GAMLP_E_CONFIG,
                "number");
    CHECK_FAILS(gamlp_ticket_parse(&got, "gamlp-ticket 1\nwhat 1\n"), GAMLP_E_CONFIG, "what");
}

static gamlp_status data_there_and_back(void *context) {
    gamlp_writer w = {0};
    gamlp_order_data got;
    gamlp_order_data_put(&w, context);
    gamlp_status status = gamlp_writer_check(&w);
    if (status == GAMLP_OK) status = gamlp_order_data_get(&got, w.data, w.size);
    if (status == GAMLP_OK) gamlp_order_data_clear(&got);
    gamlp_writer_clear(&w);
    return status;
}

static void allocations_may_fail(void **state) {
    (void)state;
    net t;
    gamlp_order_data data;
    make_data(&data, &t);
    check_every_allocation(data_there_and_back, &data);
    net_clear(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_arrive),       cmocka_unit_test(shares_arrive),
        cmocka_unit_test(answers_arrive),       cmocka_unit_test(tickets_are_read_back),
        cmocka_unit_test(allocations_may_fail), cmocka_unit_test(weights_arrive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
