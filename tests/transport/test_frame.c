/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <string.h>

#include "core/crc.h"
#include "transport/frame.h"

static const gamlp_frame data = {.type = GAMLP_FRAME_DATA,
                                 .kind = 1,
                                 .codec = 2,
                                 .job = 0x1122334455667788,
                                 .generation = 0x99aabbcc,
                                 .source = 0xddee,
                                 .target = 0xff01,
                                 .sequence = 0x02030405,
                                 .iteration = 0x06070809,
                                 .layer = 0x0a0b0c0d,
                                 .chunk = 1,
                                 .chunks = 2,
                                 .size = 5,
                                 .total = (1 << 20) + 5,
                                 .payload_crc = 0xfafbfcfd};

/* The layout of docs/protocol.md, byte by byte. */
static void bytes_are_as_written(void **state) {
    (void)state;
    static const uint8_t expected[60] = {
        'G',  'M',  'L',  'P',  1,    5,    1,    2,    0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22,
        0x11, 0xcc, 0xbb, 0xaa, 0x99, 0xee, 0xdd, 0x01, 0xff, 5,    4,    3,    2,    9,    8,
        7,    6,    0x0d, 0x0c, 0x0b, 0x0a, 1,    0,    0,    0,    2,    0,    0,    0,    5,
        0,    0,    0,    5,    0,    0x10, 0,    0,    0,    0,    0,    0xfd, 0xfc, 0xfb, 0xfa};
    uint8_t bytes[GAMLP_FRAME_HEADER];
    gamlp_frame back;
    gamlp_frame_encode(bytes, &data);
    assert_memory_equal(bytes, expected, sizeof expected);
    uint32_t crc = gamlp_crc32c(0, expected, sizeof expected);
    for (int i = 0; i < 4; i++) assert_int_equal(bytes[60 + i], crc >> (8 * i) & 255);
    assert_int_equal(gamlp_frame_decode(&back, bytes, sizeof bytes), GAMLP_FRAME_GOOD);
    uint8_t again[GAMLP_FRAME_HEADER];
    gamlp_frame_encode(again, &back);
    assert_memory_equal(again, bytes, sizeof bytes);
    assert_int_equal(back.generation, data.generation);
    assert_true(back.job == data.job && back.total == data.total);
}

static void any_damage_is_seen(void **state) {
    (void)state;
    uint8_t bytes[GAMLP_FRAME_HEADER];
    gamlp_frame back;
    gamlp_frame_encode(bytes, &data);
    for (int bit = 0; bit < 8 * GAMLP_FRAME_HEADER; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(gamlp_frame_decode(&back, bytes, sizeof bytes), GAMLP_FRAME_GARBAGE);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < sizeof bytes; size++)
        assert_int_equal(gamlp_frame_decode(&back, bytes, size), GAMLP_FRAME_GARBAGE);
}

/* A header with a correct checksum and one field changed. */
static gamlp_frame_fault with(int at, uint8_t value) {
    uint8_t bytes[GAMLP_FRAME_HEADER];
    gamlp_frame back;
    gamlp_frame_encode(bytes, &data);
    bytes[at] = value;
    uint32_t crc = gamlp_crc32c(0, bytes, 60);
    for (int i = 0; i < 4; i++) bytes[60 + i] = (uint8_t)(crc >> (8 * i));
    return gamlp_frame_decode(&back, bytes, sizeof bytes);
}

static void contradictions_are_garbage(void **state) {
    (void)state;
    assert_int_equal(with(4, 2), GAMLP_FRAME_VERSION_OTHER);
    assert_int_equal(with(5, 0), GAMLP_FRAME_GARBAGE);  /* type */
    assert_int_equal(with(5, 7), GAMLP_FRAME_GARBAGE);  /* type */
    assert_int_equal(with(5, 3), GAMLP_FRAME_GARBAGE);  /* a state with a total */
    assert_int_equal(with(36, 2), GAMLP_FRAME_GARBAGE); /* chunk 2 of 2 */
    assert_int_equal(with(36, 0), GAMLP_FRAME_GARBAGE); /* chunk 0 has 2^20 bytes */
    assert_int_equal(with(40, 3), GAMLP_FRAME_GARBAGE); /* chunks */
    assert_int_equal(with(44, 4), GAMLP_FRAME_GARBAGE); /* size */
    assert_int_equal(with(55, 1), GAMLP_FRAME_GARBAGE); /* total beyond 2^51 */
    assert_int_equal(with(28, 77), GAMLP_FRAME_GOOD);   /* iteration */
}

static void frames_are_judged(void **state) {
    (void)state;
    gamlp_frame f = {.job = 1, .generation = 2, .source = 3, .target = 4};
    assert_int_equal(gamlp_frame_judge(&f, 1, 2, 3, 4), GAMLP_FRAME_GOOD);
    assert_int_equal(gamlp_frame_judge(&f, 9, 2, 3, 4), GAMLP_FRAME_FOREIGN);
    assert_int_equal(gamlp_frame_judge(&f, 1, 2, 9, 4), GAMLP_FRAME_FOREIGN);
    assert_int_equal(gamlp_frame_judge(&f, 1, 2, 3, 9), GAMLP_FRAME_FOREIGN);
    assert_int_equal(gamlp_frame_judge(&f, 1, 3, 3, 4), GAMLP_FRAME_OLD);
    assert_int_equal(gamlp_frame_judge(&f, 1, 1, 3, 4), GAMLP_FRAME_OLD);
    assert_string_equal(gamlp_frame_fault_name(GAMLP_FRAME_OLD), "old");
}

static void states_come_back(void **state) {
    (void)state;
    gamlp_frame_state s = {1, 2, 3, 4, (uint64_t)1 << 40, (uint64_t)1 << 50, 5, 6, 7}, back;
    uint8_t bytes[GAMLP_FRAME_STATE];
    gamlp_frame_state_encode(bytes, &s);
    gamlp_frame_state_decode(&back, bytes);
    uint8_t again[GAMLP_FRAME_STATE];
    gamlp_frame_state_encode(again, &back);
    assert_memory_equal(again, bytes, sizeof bytes);
    assert_int_equal(back.phase, 4);
    assert_int_equal(back.window, 7);
    assert_true(back.progress == (uint64_t)1 << 50);
}

static void parcels_are_cut(void **state) {
    (void)state;
    static const uint64_t total[] = {1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5u << 20};
    static const uint32_t chunks[] = {1, 1, 1, 2, 5};
    for (int i = 0; i < 5; i++) {
        uint64_t sum = 0;
        assert_int_equal(gamlp_frame_chunks(total[i]), chunks[i]);
        for (uint32_t c = 0; c < chunks[i]; c++) sum += gamlp_frame_chunk_size(total[i], c);
        assert_int_equal(sum, total[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_as_written),       cmocka_unit_test(any_damage_is_seen),
        cmocka_unit_test(contradictions_are_garbage), cmocka_unit_test(frames_are_judged),
        cmocka_unit_test(states_come_back),           cmocka_unit_test(parcels_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
