/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/array.h"

#include <math.h>
#include <string.h>

static bool host_is_little(void) {
    const uint16_t one = 1;
    unsigned char byte;
    memcpy(&byte, &one, 1);
    return byte == 1;
}

static bool size_fits(char kind, int64_t size) {
    bool power = size == 1 || size == 2 || size == 4 || size == 8;
    if (kind == 'b') return size == 1;
    if (kind == 'i' || kind == 'u') return power;
    if (kind == 'f') return power && size > 1;
    if (kind == 'S') return size >= 0;
    if (kind == 'U') return size % 4 == 0;
    return false;
}

/* "<f4": byte order, kind, bytes; "<U7" counts characters of four bytes; "|O" has no size. */
gamlp_status gamlp_array_type(gamlp_array *array, const char *text, size_t size, const char *what) {
    size_t at = 0;
    char order = '=';
    if (at < size && text[at] && strchr("<>|=", text[at])) order = text[at++];
    array->kind = at < size ? text[at++] : 0;
    array->item_size = 0;
    size_t digits = at;
    while (at < size && at - digits < 9 && text[at] >= '0' && text[at] <= '9')
        array->item_size = 10 * array->item_size + (text[at++] - '0');
    bool has_size = at > digits && at == size;
    if (array->kind == '?' && at == size) {
        array->kind = 'b';
        array->item_size = 1;
        has_size = true;
    }
    if (array->kind == 'O' && at == size) {
        array->item_size = 8;
        return GAMLP_OK;
    }
    if (array->kind == 'a') array->kind = 'S';
    if (array->kind == 'U') array->item_size *= 4;
    if (!has_size || !size_fits(array->kind, array->item_size))
        return gamlp_fail(GAMLP_E_DATA, "%s: unknown element type, expected one like \"<f4\"",
                          what);
    array->swapped = order == '<' ? !host_is_little() : order == '>' && host_is_little();
    return GAMLP_OK;
}

gamlp_status gamlp_array_shape(gamlp_array *array, const int64_t *shape, int64_t dims,
                               const char *what) {
    const int64_t limit = INT64_C(1) << 62;
    if (dims > GAMLP_ARRAY_DIMS)
        return gamlp_fail(GAMLP_E_DATA, "%s: %lld dimensions, expected at most %d", what,
                          (long long)dims, GAMLP_ARRAY_DIMS);
    int64_t count = 1, item = array->item_size > 0 ? array->item_size : 1;
    for (int64_t i = 0; i < dims; i++) {
        if (shape[i] < 0 || (shape[i] > 0 && count > limit / item / shape[i]))
            return gamlp_fail(GAMLP_E_DATA, "%s: extent %lld of dimension %lld is impossible", what,
                              (long long)shape[i], (long long)i);
        array->shape[i] = shape[i];
        count *= shape[i];
    }
    array->dims = dims;
    array->count = count;
    return GAMLP_OK;
}

/* One block of elements, aligned and in this machine's byte order. */
typedef union block {
    unsigned char bytes[8 * GAMLP_ARRAY_BLOCK];
    int8_t i1[GAMLP_ARRAY_BLOCK];
    int16_t i2[GAMLP_ARRAY_BLOCK];
    int32_t i4[GAMLP_ARRAY_BLOCK];
    int64_t i8[GAMLP_ARRAY_BLOCK];
    uint8_t u1[GAMLP_ARRAY_BLOCK];
    uint16_t u2[GAMLP_ARRAY_BLOCK];
    uint32_t u4[GAMLP_ARRAY_BLOCK];
    uint64_t u8[GAMLP_ARRAY_BLOCK];
    float f4[GAMLP_ARRAY_BLOCK];
    double f8[GAMLP_ARRAY_BLOCK];
} block;

static void load(block *b, const gamlp_array *array, int64_t first, int64_t count) {
    size_t item = (size_t)array->item_size;
    if (count > 0) memcpy(b->bytes, array->data + (size_t)first * item, (size_t)count * item);
    if (!array->swapped) return;
    for (int64_t i = 0; i < count; i++)
        for (size_t low = 0, high = item - 1; low < high; low++, high--) {
            unsigned char *element = b->bytes + (size_t)i * item, byte = element[low];
            element[low] = element[high];
            element[high] = byte;
        }
}

static void from_signed(const block *b, int64_t size, int64_t count, int64_t *out) {
    if (size == 1)
        for (int64_t i = 0; i < count; i++) out[i] = b->i1[i];
    else if (size == 2)
        for (int64_t i = 0; i < count; i++) out[i] = b->i2[i];
    else if (size == 4)
        for (int64_t i = 0; i < count; i++) out[i] = b->i4[i];
    else
        for (int64_t i = 0; i < count; i++) out[i] = b->i8[i];
}

static void from_unsigned(const block *b, int64_t size, int64_t count, int64_t *out) {
    if (size == 1)
        for (int64_t i = 0; i < count; i++) out[i] = b->u1[i];
    else if (size == 2)
        for (int64_t i = 0; i < count; i++) out[i] = b->u2[i];
    else if (size == 4)
        for (int64_t i = 0; i < count; i++) out[i] = b->u4[i];
    else
        for (int64_t i = 0; i < count; i++)
            out[i] = b->u8[i] > INT64_MAX ? INT64_MAX : (int64_t)b->u8[i];
}

void gamlp_array_ints(const gamlp_array *array, int64_t first, int64_t count, int64_t *out) {
    block b;
    load(&b, array, first, count);
    if (array->kind == 'i')
        from_signed(&b, array->item_size, count, out);
    else
        from_unsigned(&b, array->item_size, count, out);
}

/* IEEE binary16: sign, 5 bits of exponent (bias 15), 10 bits of fraction. */
static double half_to_double(uint16_t half) {
    int exponent = (half >> 10) & 31, fraction = half & 1023;
    double value = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
                   : exponent == 0 ? ldexp(fraction, -24)
                                   : ldexp(1024 + fraction, exponent - 25);
    return half & 0x8000 ? -value : value;
}

void gamlp_array_reals(const gamlp_array *array, int64_t first, int64_t count, double *out) {
    if (array->kind != 'f') {
        int64_t ints[GAMLP_ARRAY_BLOCK];
        gamlp_array_ints(array, first, count, ints);
        for (int64_t i = 0; i < count; i++) out[i] = (double)ints[i];
        return;
    }
    block b;
    load(&b, array, first, count);
    if (array->item_size == 2)
        for (int64_t i = 0; i < count; i++) out[i] = half_to_double(b.u2[i]);
    else if (array->item_size == 4)
        for (int64_t i = 0; i < count; i++) out[i] = b.f4[i];
    else
        for (int64_t i = 0; i < count; i++) out[i] = b.f8[i];
}

static gamlp_status expect(const gamlp_array *array, const char *kinds, const char *content,
                           int64_t dims, const char *what) {
    if (!array->kind || !strchr(kinds, array->kind))
        return gamlp_fail(GAMLP_E_DATA, "%s: elements of kind '%c', expected %s", what,
                          array->kind ? array->kind : '?', content);
    if (array->dims != dims)
        return gamlp_fail(GAMLP_E_DATA, "%s: %lld dimensions, expected %lld", what,
                          (long long)array->dims, (long long)dims);
    return GAMLP_OK;
}

gamlp_status gamlp_array_expect_ints(const gamlp_array *array, int64_t dims, const char *what) {
    return expect(array, "biu", "integers", dims, what);
}

gamlp_status gamlp_array_expect_reals(const gamlp_array *array, int64_t dims, const char *what) {
    return expect(array, "biuf", "numbers", dims, what);
}
