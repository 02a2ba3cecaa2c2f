/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <string.h>

#include "gamlp/exchange.h"

enum { LAYERS = 3, ROWS = 4, COLS = 5 };

typedef struct box {
    gamlp_mailbox *mailbox;
    gamlp_exchange exchange;
    gamlp_dense a, b, got;
} box;

static void box_init(box *x) {
    CHECK_OK(gamlp_mailbox_new(&x->mailbox, LAYERS));
    x->exchange = gamlp_mailbox_exchange(x->mailbox);
    gamlp_dense *part[] = {&x->a, &x->b, &x->got};
    for (int i = 0; i < 3; i++) {
        CHECK_OK(gamlp_dense_init(part[i], ROWS, COLS));
        fill_normal(part[i], (uint64_t)i + 1);
    }
}

static void box_clear(box *x) {
    gamlp_mailbox_free(x->mailbox);
    gamlp_dense_clear(&x->a);
    gamlp_dense_clear(&x->b);
    gamlp_dense_clear(&x->got);
}

static gamlp_status put(box *x, gamlp_tensor kind, int64_t layer, int64_t k, const gamlp_dense *a) {
    return x->exchange.send(x->exchange.context, (gamlp_address){kind, layer, k}, a);
}

static gamlp_status get(box *x, gamlp_tensor kind, int64_t layer, int64_t k) {
    return x->exchange.recv(&x->got, x->exchange.context, (gamlp_address){kind, layer, k});
}

static void check_got(const box *x, const gamlp_dense *a) {
    assert_memory_equal(x->got.data, a->data, ROWS * COLS * sizeof *a->data);
}

static void what_is_sent_is_received(void **state) {
    (void)state;
    box x;
    box_init(&x);
    for (int64_t layer = 0; layer <= LAYERS; layer++) {
        CHECK_OK(put(&x, GAMLP_TENSOR_Q, layer, 7, &x.a));
        CHECK_OK(put(&x, GAMLP_TENSOR_P, layer, 8, &x.b));
    }
    for (int64_t layer = 0; layer <= LAYERS; layer++) {
        CHECK_OK(get(&x, GAMLP_TENSOR_P, layer, 8));
        check_got(&x, &x.b);
        CHECK_OK(get(&x, GAMLP_TENSOR_Q, layer, 7));
        check_got(&x, &x.a);
        CHECK_OK(get(&x, GAMLP_TENSOR_Q, layer, 7)); /* it stays there */
    }
    box_clear(&x);
}

static void a_copy_is_kept(void **state) {
    (void)state;
    box x;
    gamlp_dense sent;
    box_init(&x);
    CHECK_OK(gamlp_dense_copy(&sent, &x.a));
    CHECK_OK(put(&x, GAMLP_TENSOR_Q, 1, 1, &sent));
    memset(sent.data, 0, ROWS * COLS * sizeof *sent.data);
    gamlp_dense_clear(&sent);
    CHECK_OK(get(&x, GAMLP_TENSOR_Q, 1, 1));
    check_got(&x, &x.a);
    box_clear(&x);
}

static void only_the_latest_is_there(void **state) {
    (void)state;
    box x;
    box_init(&x);
    CHECK_OK(put(&x, GAMLP_TENSOR_P, 2, 1, &x.a));
    CHECK_OK(put(&x, GAMLP_TENSOR_P, 2, 2, &x.b));
    CHECK_OK(get(&x, GAMLP_TENSOR_P, 2, 2));
    check_got(&x, &x.b);
    CHECK_FAILS(get(&x, GAMLP_TENSOR_P, 2, 1), GAMLP_E_USAGE, "p of layer 2, iteration 1, has not");
    CHECK_FAILS(get(&x, GAMLP_TENSOR_P, 2, 3), GAMLP_E_USAGE, "p of layer 2, iteration 3, has not");
    CHECK_FAILS(get(&x, GAMLP_TENSOR_Q, 2, 2), GAMLP_E_USAGE, "q of layer 2, iteration 2, has not");
    CHECK_FAILS(get(&x, GAMLP_TENSOR_P, 1, 0), GAMLP_E_USAGE, "p of layer 1, iteration 0, has not");
    box_clear(&x);
}

static void shapes_may_change_but_must_fit(void **state) {
    (void)state;
    box x;
    gamlp_dense wide;
    box_init(&x);
    CHECK_OK(gamlp_dense_init(&wide, COLS, ROWS));
    CHECK_OK(put(&x, GAMLP_TENSOR_Q, 1, 1, &x.a));
    CHECK_OK(put(&x, GAMLP_TENSOR_Q, 1, 2, &wide));
    CHECK_FAILS(get(&x, GAMLP_TENSOR_Q, 1, 2), GAMLP_E_USAGE, "has not been sent");
    CHECK_OK(put(&x, GAMLP_TENSOR_Q, 1, 3, &x.b));
    CHECK_OK(get(&x, GAMLP_TENSOR_Q, 1, 3));
    check_got(&x, &x.b);
    gamlp_dense_clear(&wide);
    box_clear(&x);
}

static void other_layers_are_refused(void **state) {
    (void)state;
    box x;
    box_init(&x);
    CHECK_FAILS(put(&x, GAMLP_TENSOR_Q, LAYERS + 1, 1, &x.a), GAMLP_E_USAGE,
                "layer 4 in a mailbox for 3 layers");
    CHECK_FAILS(put(&x, GAMLP_TENSOR_P, -1, 1, &x.a), GAMLP_E_USAGE, "layer -1");
    CHECK_FAILS(get(&x, GAMLP_TENSOR_Q, LAYERS + 1, 1), GAMLP_E_USAGE, "layer 4");
    CHECK_FAILS(get(&x, GAMLP_TENSOR_P, -1, 1), GAMLP_E_USAGE, "layer -1");
    box_clear(&x);
}

static gamlp_status post(void *context) {
    const gamlp_dense *a = context;
    gamlp_mailbox *mailbox = NULL;
    gamlp_status status = gamlp_mailbox_new(&mailbox, LAYERS);
    if (status == GAMLP_OK) {
        gamlp_exchange exchange = gamlp_mailbox_exchange(mailbox);
        status = exchange.send(exchange.context, (gamlp_address){GAMLP_TENSOR_Q, 1, 1}, a);
    } else {
        assert_null(mailbox);
    }
    gamlp_mailbox_free(mailbox);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    gamlp_dense a;
    CHECK_OK(gamlp_dense_init(&a, ROWS, COLS));
    check_every_allocation(post, &a);
    gamlp_dense_clear(&a);
    gamlp_mailbox_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_is_received),
        cmocka_unit_test(a_copy_is_kept),
        cmocka_unit_test(only_the_latest_is_there),
        cmocka_unit_test(shapes_may_change_but_must_fit),
        cmocka_unit_test(other_layers_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
