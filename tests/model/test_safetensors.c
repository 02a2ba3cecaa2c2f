/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/file.h"
#include "core/json.h"
#include "gamlp/alloc.h"
#include "gamlp/model.h"

static const char *const dtype = sizeof(gamlp_real) == 4 ? "F32" : "F64";

static void make(gamlp_model *model) {
    static const int64_t width[] = {4, 3, 2};
    CHECK_OK(gamlp_model_init(model, 2, width));
    for (int l = 0; l < 2; l++) {
        fill_normal(&model->layer[l].weight, (uint64_t)l);
        fill_normal(&model->layer[l].bias, 10 + (uint64_t)l);
    }
    CHECK_OK(gamlp_strdup(&model->metadata, "{\"hops\": 4, \"name\": \"\xc3\xa9 \\\"q\\\"\"}"));
}

static void check_same(const gamlp_model *a, const gamlp_model *b) {
    assert_int_equal(a->layers, b->layers);
    for (int64_t l = 0; l < a->layers; l++) {
        check_close(&a->layer[l].weight, &b->layer[l].weight, 0, "weight");
        check_close(&a->layer[l].bias, &b->layer[l].bias, 0, "bias");
    }
}

static void test_round_trip(void **state) {
    (void)state;
    gamlp_model model, again;
    unsigned char *bytes, *twice;
    size_t size, size_twice;
    make(&model);
    CHECK_OK(gamlp_model_encode(&bytes, &size, &model));
    CHECK_OK(gamlp_model_decode(&again, bytes, size, "m"));
    check_same(&again, &model);
    assert_string_equal(again.metadata, model.metadata);
    CHECK_OK(gamlp_model_encode(&twice, &size_twice, &again));
    assert_int_equal(size, size_twice);
    assert_memory_equal(bytes, twice, size);
    gamlp_model_clear(&again);
    gamlp_free(model.metadata);
    model.metadata = NULL;
    gamlp_free(twice);
    CHECK_OK(gamlp_model_encode(&twice, &size_twice, &model));
    CHECK_OK(gamlp_model_decode(&again, twice, size_twice, "m"));
    assert_null(again.metadata);
    gamlp_free(bytes);
    gamlp_free(twice);
    gamlp_model_clear(&model);
    gamlp_model_clear(&again);
}

/* The same bytes with one text of the header, as long, in place of another. */
static void replace(unsigned char *bytes, size_t size, const char *from, const char *to) {
    size_t length = strlen(from);
    assert_int_equal(length, strlen(to));
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(bytes + i, from, length) == 0) {
            memcpy(bytes + i, to, length);
            return;
        }
    fail_msg("no %s in the file", from);
}

static void test_activation(void **state) {
    (void)state;
    gamlp_model model, again;
    unsigned char *bytes;
    size_t size;
    make(&model);
    model.activation = (gamlp_activation){GAMLP_LEAKY_RELU, 0.3};
    CHECK_OK(gamlp_model_encode(&bytes, &size, &model));
    CHECK_OK(gamlp_model_decode(&again, bytes, size, "m"));
    assert_true(again.activation.kind == GAMLP_LEAKY_RELU && again.activation.alpha == 0.3);
    gamlp_model_clear(&again);
    replace(bytes, size, "leaky-relu:0.", "leaky-relu:7.");
    CHECK_FAILS(gamlp_model_decode(&again, bytes, size, "m"), GAMLP_E_DATA, "m: a slope of 7.");
    replace(bytes, size, "leaky-relu:", "leaky-rely:");
    CHECK_FAILS(gamlp_model_decode(&again, bytes, size, "m"), GAMLP_E_DATA,
                "is no activation, expected one of");
    replace(bytes, size, "\"activation\"", "\"not-a-name\""); /* as of earlier versions */
    CHECK_OK(gamlp_model_decode(&again, bytes, size, "m"));
    assert_int_equal(again.activation.kind, GAMLP_RELU);
    gamlp_model_clear(&again);
    gamlp_model_clear(&model);
    gamlp_free(bytes);
}

/* The layout as the format's description has it, read by hand. */
static void test_layout(void **state) {
    (void)state;
    gamlp_model model;
    unsigned char *bytes;
    size_t size, length = 0;
    gamlp_json *header;
    make(&model);
    CHECK_OK(gamlp_model_encode(&bytes, &size, &model));
    for (int i = 7; i >= 0; i--) length = length * 256 + bytes[i];
    assert_int_equal(length % 8, 0);
    assert_int_equal(size, 8 + length + (12 + 3 + 6 + 2) * sizeof(gamlp_real));
    CHECK_OK(gamlp_json_parse(&header, bytes + 8, length, "header"));
    const gamlp_json *entry = gamlp_json_get(header, "layer.2.weight");
    assert_string_equal(gamlp_json_get_text(entry, "dtype"), dtype);
    int64_t rows, cols, begin;
    assert_true(gamlp_json_int(gamlp_json_at(gamlp_json_get(entry, "shape"), 0), &rows));
    assert_true(gamlp_json_int(gamlp_json_at(gamlp_json_get(entry, "shape"), 1), &cols));
    assert_true(gamlp_json_int(gamlp_json_at(gamlp_json_get(entry, "data_offsets"), 0), &begin));
    assert_int_equal(rows, 2);
    assert_int_equal(cols, 3);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < cols; j++) {
            gamlp_real value;
            memcpy(&value, bytes + 8 + length + begin + (i * cols + j) * (int64_t)sizeof value,
                   sizeof value);
            assert_true(value == model.layer[1].weight.data[i + j * rows]);
        }
    assert_int_equal(
        gamlp_json_length(gamlp_json_get(gamlp_json_get(header, "layer.1.bias"), "shape")), 1);
    assert_string_equal(gamlp_json_get_text(gamlp_json_get(header, "__metadata__"), "format"),
                        "gamlp");
    gamlp_json_free(header);
    gamlp_free(bytes);
    gamlp_model_clear(&model);
}

/* An exact copy, so that a sanitizer sees any access behind the end. */
static gamlp_status decode_exact(gamlp_model *model, const unsigned char *bytes, size_t size) {
    unsigned char *exact = malloc(size > 0 ? size : 1);
    if (size > 0) memcpy(exact, bytes, size);
    gamlp_status status = gamlp_model_decode(model, exact, size, "m.safetensors");
    free(exact);
    return status;
}

static void test_truncated(void **state) {
    (void)state;
    gamlp_model model, again;
    unsigned char *bytes;
    size_t size;
    make(&model);
    CHECK_OK(gamlp_model_encode(&bytes, &size, &model));
    for (size_t cut = 0; cut < size; cut++) {
        CHECK_FAILS(decode_exact(&again, bytes, cut), GAMLP_E_DATA, "m.safetensors: ");
        assert_null(again.layer);
    }
    CHECK_OK(decode_exact(&again, bytes, size));
    gamlp_model_clear(&again);
    gamlp_free(bytes);
    gamlp_model_clear(&model);
}

/* A file of this header and `body` zero bytes. */
static gamlp_status decode_header(gamlp_model *model, const char *header, size_t body) {
    size_t length = strlen(header);
    unsigned char *bytes = calloc(8 + length + body, 1);
    for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    memcpy(bytes + 8, header, length);
    gamlp_status status = decode_exact(model, bytes, 8 + length + body);
    free(bytes);
    return status;
}

#define REAL_SIZE (sizeof(gamlp_real) == 4 ? 4 : 8)

/* A layer 1 whose weight has this type, shape and offsets (in elements, not bytes). */
static gamlp_status decode_weight(gamlp_model *model, const char *type, const char *shape,
                                  long long begin, long long end) {
    char header[512];
    snprintf(header, sizeof header,
             "{\"layer.1.weight\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%lld,%lld]},"
             "\"layer.1.bias\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]}}",
             type, shape, begin * REAL_SIZE, end * REAL_SIZE, dtype, 2 * REAL_SIZE);
    return decode_header(model, header, 8 * REAL_SIZE);
}

static void test_bad_shapes(void **state) {
    (void)state;
    gamlp_model m;
    CHECK_OK(decode_weight(&m, dtype, "[2,3]", 2, 8));
    gamlp_model_clear(&m);
    CHECK_FAILS(decode_weight(&m, "I8", "[2,3]", 2, 8), GAMLP_E_DATA,
                "layer.1.weight: is of anoth");
    CHECK_FAILS(decode_weight(&m, dtype, "[2]", 2, 8), GAMLP_E_DATA, "has no valid shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,3,1]", 2, 8), GAMLP_E_DATA, "has no valid shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,1.5]", 2, 8), GAMLP_E_DATA, "has no valid shape");
    CHECK_FAILS(decode_weight(&m, dtype, "6", 2, 8), GAMLP_E_DATA, "has no valid shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,4]", 2, 8), GAMLP_E_DATA, "does not fit its shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[0,3]", 2, 8), GAMLP_E_DATA, "does not fit its shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[-2,-3]", 2, 8), GAMLP_E_DATA, "does not fit its shape");
    CHECK_FAILS(decode_weight(&m, dtype, "[4611686018427387904,4]", 2, 8), GAMLP_E_DATA, "not fit");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,3]", 3, 9), GAMLP_E_DATA, "outside of the file");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,3]", -6, 0), GAMLP_E_DATA, "outside of the file");
    CHECK_FAILS(decode_weight(&m, dtype, "[2,3]", 8, 2), GAMLP_E_DATA, "outside of the file");
    CHECK_FAILS(decode_weight(&m, dtype, "[3,2]", 2, 8), GAMLP_E_DATA, "bias of 2, expected 3");
    CHECK_FAILS(decode_header(&m, "{}", 0), GAMLP_E_DATA, "no tensor layer.1.weight");
    CHECK_FAILS(decode_header(&m, "[]", 0), GAMLP_E_DATA, "no tensor layer.1.weight");
    CHECK_FAILS(decode_header(&m, "{\"layer.1.weight\":3}", 0), GAMLP_E_DATA, "layer.1.weight");
    CHECK_FAILS(decode_header(&m, "{", 0), GAMLP_E_DATA, "not JSON");
    CHECK_FAILS(decode_header(&m, "", 0), GAMLP_E_DATA, "not JSON");
}

static void test_long_header(void **state) {
    (void)state;
    gamlp_model m;
    static const unsigned char huge[3][8] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                                             {1, 0, 0, 0, 0, 0, 0, 0x80},
                                             {9, 0, 0, 0, 0, 0, 0, 0}};
    for (int i = 0; i < 3; i++) {
        unsigned char bytes[16] = {0};
        memcpy(bytes, huge[i], 8);
        CHECK_FAILS(decode_exact(&m, bytes, sizeof bytes), GAMLP_E_DATA, "byte 0: a header of");
    }
}

static void test_not_finite(void **state) {
    (void)state;
    gamlp_model model, again;
    unsigned char *bytes;
    size_t size;
    make(&model);
    CHECK_OK(gamlp_model_encode(&bytes, &size, &model));
    memset(bytes + size - sizeof(gamlp_real), 0xff, sizeof(gamlp_real));
    CHECK_FAILS(decode_exact(&again, bytes, size), GAMLP_E_NUMERIC, "m.safetensors: layer 2");
    gamlp_free(bytes);
    gamlp_model_clear(&model);
}

static void test_files(void **state) {
    (void)state;
    gamlp_model model, again;
    char path[300];
    snprintf(path, sizeof path, "%s/m.safetensors", make_directory());
    make(&model);
    CHECK_OK(gamlp_model_write(path, &model));
    CHECK_OK(gamlp_model_read(&again, path));
    check_same(&again, &model);
    gamlp_model_clear(&again);
    CHECK_OK(gamlp_file_write(path, "short", 5));
    CHECK_FAILS(gamlp_model_read(&again, path), GAMLP_E_DATA, "m.safetensors: 5 bytes, too few");
    remove(path);
    CHECK_FAILS(gamlp_model_read(&again, path), GAMLP_E_NOINPUT, "m.safetensors");
    *strrchr(path, '/') = 0;
    CHECK_FAILS(gamlp_model_write(path, &model), GAMLP_E_CREATE, path);
    remove_directory(path);
    gamlp_model_clear(&model);
}

static gamlp_status encode_and_decode(void *context) {
    gamlp_model again = {0};
    unsigned char *bytes = NULL;
    size_t size;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_model_encode(&bytes, &size, context));
    GAMLP_TRY(gamlp_model_decode(&again, bytes, size, "m"));
done:
    gamlp_free(bytes);
    gamlp_model_clear(&again);
    return status;
}

static void test_allocation(void **state) {
    (void)state;
    gamlp_model model;
    make(&model);
    check_every_allocation(encode_and_decode, &model);
    gamlp_model_clear(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_activation),
        cmocka_unit_test(test_layout),     cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_bad_shapes), cmocka_unit_test(test_long_header),
        cmocka_unit_test(test_not_finite), cmocka_unit_test(test_files),
        cmocka_unit_test(test_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
