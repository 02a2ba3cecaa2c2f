/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "pair.h"
#include "transport/message.h"

static const double hidden[] = {500, -0.0, 1e300};

static gamlp_message example(int number) {
    switch (number) {
    case 0:
        return (gamlp_message){.type = GAMLP_MESSAGE_JOIN,
                               .as.join = {.process = 3,
                                           .pid = -1,
                                           .cores = 2,
                                           .memory = INT64_MAX,
                                           .host = "node",
                                           .version = "0.1",
                                           .build = "float",
                                           .endpoint = "tcp://127.0.0.1:5",
                                           .key = "",
                                           .data = "1234567"}};
    case 1:
        return (gamlp_message){.type = GAMLP_MESSAGE_PLAN,
                               .as.plan = {.generation = 4,
                                           .layers = 10,
                                           .first = 3,
                                           .last = 5,
                                           .below = 1,
                                           .options = "rho: 0.1\n",
                                           .hidden = {3, hidden}}};
    case 2:
        return (gamlp_message){
            .type = GAMLP_MESSAGE_MATRIX,
            .as.matrix = {
                .name = "W", .rows = 1, .cols = 5, .bytes = {5, (const uint8_t *)"12345"}}};
    default:
        return (gamlp_message){.type = GAMLP_MESSAGE_STOP, .as.stop = {.how = 2}};
    }
}

static uint8_t *written(int64_t *size, const gamlp_message *m) {
    *size = gamlp_message_size(m);
    uint8_t *bytes = malloc((size_t)*size);
    gamlp_message_encode(bytes, m);
    return bytes;
}

static void all_fields_come_back(void **state) {
    (void)state;
    gamlp_message m, in;
    int64_t size;
    uint8_t *bytes;
    in = example(0);
    bytes = written(&size, &in);
    CHECK_OK(gamlp_message_decode(&m, bytes, size));
    assert_int_equal(m.as.join.process, 3);
    assert_int_equal(m.as.join.pid, -1);
    assert_true(m.as.join.memory == INT64_MAX);
    assert_string_equal(m.as.join.endpoint, "tcp://127.0.0.1:5");
    assert_string_equal(m.as.join.key, "");
    assert_string_equal(m.as.join.data, "1234567");
    gamlp_message_clear(&m);
    free(bytes);
    in = example(1);
    bytes = written(&size, &in);
    CHECK_OK(gamlp_message_decode(&m, bytes, size));
    assert_string_equal(m.as.plan.options, "rho: 0.1\n");
    assert_string_equal(m.as.plan.data, ""); /* NULL */
    assert_int_equal(m.as.plan.hidden.count, 3);
    assert_memory_equal(m.as.plan.hidden.data, hidden, sizeof hidden);
    gamlp_message_clear(&m);
    free(bytes);
    in = example(2);
    bytes = written(&size, &in);
    CHECK_OK(gamlp_message_decode(&m, bytes, size));
    assert_int_equal(m.as.matrix.bytes.count, 5);
    assert_memory_equal(m.as.matrix.bytes.data, "12345", 5);
    gamlp_message_clear(&m);
    free(bytes);
}

/* Every message cut anywhere, or longer, is refused; whatever bytes are changed, what is read is
 * either refused or written back as it was. */
static void damage_is_refused_or_harmless(void **state) {
    (void)state;
    for (int number = 0; number < 4; number++) {
        gamlp_message in = example(number), m;
        int64_t size;
        uint8_t *bytes = written(&size, &in), *again = malloc((size_t)size + 64);
        for (int64_t cut = 0; cut < size; cut++)
            assert_int_equal(gamlp_message_decode(&m, bytes, cut), GAMLP_E_DATA);
        memcpy(again, bytes, (size_t)size);
        memset(again + size, 0, 8);
        assert_int_equal(gamlp_message_decode(&m, again, size + 8), GAMLP_E_DATA);
        for (int64_t at = 0; at < size; at++)
            for (int flip = 1; flip < 256; flip += 37) {
                bytes[at] ^= (uint8_t)flip;
                if (gamlp_message_decode(&m, bytes, size) == GAMLP_OK)
                    assert_true(gamlp_message_size(&m) == size);
                gamlp_message_clear(&m);
                bytes[at] ^= (uint8_t)flip;
            }
        free(bytes);
        free(again);
    }
}

static void refusals_name_the_field(void **state) {
    (void)state;
    gamlp_message in = example(3), m;
    int64_t size;
    uint8_t *bytes = written(&size, &in);
    CHECK_FAILS(gamlp_message_decode(&m, bytes, 8), GAMLP_E_DATA, "field generation is missing");
    bytes[24] = 200;
    CHECK_FAILS(gamlp_message_decode(&m, bytes, size), GAMLP_E_DATA,
                "\"stop\": field reason is longer than the message");
    bytes[24] = 0;
    CHECK_FAILS(gamlp_message_decode(&m, bytes, size), GAMLP_E_DATA, "field reason is no text");
    bytes[1] = 77;
    CHECK_FAILS(gamlp_message_decode(&m, bytes, size), GAMLP_E_DATA, "unknown type 77");
    bytes[0] = 9;
    CHECK_FAILS(gamlp_message_decode(&m, bytes, size), GAMLP_E_DATA, "no control message of");
    free(bytes);
    assert_string_equal(gamlp_message_name(GAMLP_MESSAGE_STOP), "stop");
    for (int type = 1; type < GAMLP_MESSAGE_TYPES; type++)
        assert_non_null(gamlp_message_name(type));
    assert_null(gamlp_message_name(0));
}

static void links_carry_messages(void **state) {
    (void)state;
    pair p;
    gamlp_message m;
    int64_t index;
    pair_open(&p, PAIR_TCP, 1000);
    for (int number = 0; number < 4; number++) {
        gamlp_message in = example(number);
        CHECK_OK(gamlp_control_send(p.b, &in, 5));
        CHECK_OK(gamlp_control_recv(&m, &index, &p.a, 1, 5));
        assert_int_equal(index, 0);
        assert_int_equal(m.type, in.type);
        gamlp_message_clear(&m);
    }
    CHECK_OK(gamlp_control_recv(&m, &index, &p.a, 1, 0.01));
    assert_int_equal(index, -1);
    assert_int_equal(m.type, GAMLP_MESSAGE_NONE);
    pair_close(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_come_back),
        cmocka_unit_test(damage_is_refused_or_harmless),
        cmocka_unit_test(refusals_name_the_field),
        cmocka_unit_test(links_carry_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
