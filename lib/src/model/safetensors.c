/* SPDX-License-Identifier: GPL-2.0-or-later */
/* safetensors: 8 bytes little-endian length of a JSON header, the header
 * (padded with spaces to 8), then the tensors.  A tensor is row-major; ours are column-major, so
 * weights are transposed on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "gamlp/alloc.h"
#include "gamlp/model.h"

enum { NAME_SIZE = 64, MAX_HEADER = 16 << 20, MAX_LAYERS = 1 << 16 };
static const size_t max_file = (size_t)1 << 40;

#if defined(GAMLP_REAL_IS_DOUBLE)
static const char dtype_name[] = "F64";
#else
static const char dtype_name[] = "F32";
#endif

static void tensor_name(char name[NAME_SIZE], int64_t layer, const char *part) {
    snprintf(name, NAME_SIZE, "layer.%lld.%s", (long long)layer, part);
}

static const gamlp_dense *part_of(const gamlp_model *model, int64_t index, const char **part) {
    *part = index % 2 ? "bias" : "weight";
    const gamlp_layer *layer = &model->layer[index / 2];
    return index % 2 ? &layer->bias : &layer->weight;
}

static size_t byte_count(const gamlp_dense *a) {
    return (size_t)(a->rows * a->cols) * sizeof(gamlp_real);
}

static gamlp_json *describe(const gamlp_dense *a, bool vector, size_t begin) {
    gamlp_json *entry = gamlp_json_object(), *shape = gamlp_json_array();
    gamlp_json *offsets = gamlp_json_array();
    gamlp_json_set_text(entry, "dtype", dtype_name);
    gamlp_json_append_int(shape, a->rows);
    if (!vector) gamlp_json_append_int(shape, a->cols);
    gamlp_json_set(entry, "shape", shape);
    gamlp_json_append_int(offsets, (int64_t)begin);
    gamlp_json_append_int(offsets, (int64_t)(begin + byte_count(a)));
    gamlp_json_set(entry, "data_offsets", offsets);
    return entry;
}

static gamlp_status header_of(char **text, size_t *body, const gamlp_model *model) {
    gamlp_json *header = gamlp_json_object(), *metadata = gamlp_json_object();
    char activation[GAMLP_ACTIVATION_TEXT];
    gamlp_activation_text(activation, &model->activation);
    gamlp_json_set_text(metadata, "format", "gamlp");
    if (model->activation.kind != GAMLP_RELU) /* the file of an earlier version keeps its hash */
        gamlp_json_set_text(metadata, "activation", activation);
    if (model->metadata) gamlp_json_set_text(metadata, "gamlp", model->metadata);
    gamlp_json_set(header, "__metadata__", metadata);
    *body = 0;
    for (int64_t i = 0; i < 2 * model->layers; i++) {
        const char *part;
        const gamlp_dense *a = part_of(model, i, &part);
        char name[NAME_SIZE];
        tensor_name(name, i / 2 + 1, part);
        gamlp_json_set(header, name, describe(a, i % 2 == 1, *body));
        *body += byte_count(a);
    }
    gamlp_status status = gamlp_json_dump(text, header, false);
    gamlp_json_free(header);
    return status;
}

static void put_row_major(unsigned char *out, const gamlp_dense *a) {
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t j = 0; j < a->cols; j++, out += sizeof(gamlp_real))
            memcpy(out, &a->data[i + j * a->rows], sizeof(gamlp_real));
}

static void get_row_major(gamlp_dense *a, const unsigned char *in) {
    for (int64_t i = 0; i < a->rows; i++)
        for (int64_t j = 0; j < a->cols; j++, in += sizeof(gamlp_real))
            memcpy(&a->data[i + j * a->rows], in, sizeof(gamlp_real));
}

gamlp_status gamlp_model_encode(unsigned char **bytes, size_t *size, const gamlp_model *model) {
    char *text = NULL;
    size_t body = 0;
    *bytes = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(header_of(&text, &body, model));
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    *size = 8 + padded + body;
    GAMLP_TRY(gamlp_new_raw(bytes, (int64_t)*size, 1, "a model file"));
    for (int i = 0; i < 8; i++) (*bytes)[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    memcpy(*bytes + 8, text, length);
    memset(*bytes + 8 + length, ' ', padded - length);
    unsigned char *out = *bytes + 8 + padded;
    for (int64_t i = 0; i < 2 * model->layers; i++) {
        const char *part;
        const gamlp_dense *a = part_of(model, i, &part);
        put_row_major(out, a);
        out += byte_count(a);
    }
done:
    gamlp_free(text);
    return status;
}

/* What a file says of one tensor. */
typedef struct tensor {
    int64_t rows, cols;
    const unsigned char *data;
} tensor;

typedef struct reader {
    const gamlp_json *header;
    const unsigned char *body;
    int64_t body_size;
    const char *what;
} reader;

static gamlp_status bad(const reader *r, const char *name, const char *problem) {
    return gamlp_fail(GAMLP_E_DATA, "%s: tensor %s: %s", r->what, name, problem);
}

static gamlp_status find_tensor(tensor *t, const reader *r, const char *name, int64_t dimensions) {
    const gamlp_json *entry = gamlp_json_get(r->header, name);
    if (!entry) return bad(r, name, "is missing");
    const char *dtype = gamlp_json_get_text(entry, "dtype");
    if (!dtype || strcmp(dtype, dtype_name) != 0) return bad(r, name, "is of another type");
    const gamlp_json *shape = gamlp_json_get(entry, "shape");
    const gamlp_json *offsets = gamlp_json_get(entry, "data_offsets");
    int64_t begin, end;
    t->cols = 1;
    if (gamlp_json_length(shape) != dimensions ||
        !gamlp_json_int(gamlp_json_at(shape, 0), &t->rows) ||
        (dimensions == 2 && !gamlp_json_int(gamlp_json_at(shape, 1), &t->cols)))
        return bad(r, name, "has no valid shape");
    if (!gamlp_json_int(gamlp_json_at(offsets, 0), &begin) ||
        !gamlp_json_int(gamlp_json_at(offsets, 1), &end) || begin < 0 || end < begin ||
        end > r->body_size)
        return bad(r, name, "lies outside of the file");
    int64_t elements = (end - begin) / (int64_t)sizeof(gamlp_real);
    if (t->rows < 1 || t->cols < 1 || t->rows > elements || t->cols > elements / t->rows ||
        t->rows * t->cols * (int64_t)sizeof(gamlp_real) != end - begin)
        return bad(r, name, "has a size that does not fit its shape");
    t->data = r->body + begin;
    return GAMLP_OK;
}

static gamlp_status read_layer(gamlp_layer *layer, const reader *r, int64_t number) {
    char name[NAME_SIZE];
    tensor weight, bias;
    gamlp_status status = GAMLP_OK;
    tensor_name(name, number, "weight");
    GAMLP_TRY(find_tensor(&weight, r, name, 2));
    tensor_name(name, number, "bias");
    GAMLP_TRY(find_tensor(&bias, r, name, 1));
    GAMLP_TRY(gamlp_dense_init(&layer->weight, weight.rows, weight.cols));
    GAMLP_TRY(gamlp_dense_init(&layer->bias, bias.rows, 1));
    get_row_major(&layer->weight, weight.data);
    get_row_major(&layer->bias, bias.data);
done:
    return status;
}

static int64_t count_layers(const gamlp_json *header) {
    char name[NAME_SIZE];
    for (int64_t l = 1; l <= MAX_LAYERS; l++) {
        tensor_name(name, l, "weight");
        if (!gamlp_json_get(header, name)) return l - 1;
    }
    return MAX_LAYERS;
}

/* Of the hidden layers; earlier versions knew ReLU only and did not say so. */
static gamlp_status read_activation(gamlp_model *model, const reader *r) {
    const char *text = gamlp_json_get_text(gamlp_json_get(r->header, "__metadata__"), "activation");
    if (!text || gamlp_activation_parse(&model->activation, text) == GAMLP_OK) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_DATA, "%s: %s", r->what, gamlp_error_text());
}

static gamlp_status read_layers(gamlp_model *model, const reader *r) {
    int64_t layers = count_layers(r->header);
    const char *metadata = gamlp_json_get_text(gamlp_json_get(r->header, "__metadata__"), "gamlp");
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_activation(model, r));
    if (layers == 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: no tensor layer.1.weight in it", r->what));
    GAMLP_TRY(gamlp_new(&model->layer, layers, sizeof *model->layer, "the layers of a model"));
    model->layers = layers;
    GAMLP_TRY(gamlp_strdup(&model->metadata, metadata));
    for (int64_t l = 0; l < layers; l++) GAMLP_TRY(read_layer(&model->layer[l], r, l + 1));
    status = gamlp_model_check(model);
    if (status != GAMLP_OK) gamlp_fail(status, "%s: %s", r->what, gamlp_error_text());
done:
    return status;
}

gamlp_status gamlp_model_decode(gamlp_model *model, const unsigned char *bytes, size_t size,
                                const char *what) {
    *model = (gamlp_model){0};
    uint64_t length = 0;
    if (size < 8)
        return gamlp_fail(GAMLP_E_DATA, "%s: %zu bytes, too few for a safetensors file", what,
                          size);
    for (int i = 7; i >= 0; i--) length = length << 8 | bytes[i];
    if (length > MAX_HEADER || length > size - 8)
        return gamlp_fail(GAMLP_E_DATA, "%s: byte 0: a header of %llu bytes in a file of %zu", what,
                          (unsigned long long)length, size);
    gamlp_json *header = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_json_parse(&header, bytes + 8, length, what));
    reader r = {header, bytes + 8 + length, (int64_t)(size - 8 - length), what};
    GAMLP_TRY(read_layers(model, &r));
done:
    gamlp_json_free(header);
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}

gamlp_status gamlp_model_write(const char *path, const gamlp_model *model) {
    unsigned char *bytes;
    size_t size;
    gamlp_status status = gamlp_model_encode(&bytes, &size, model);
    if (status == GAMLP_OK) status = gamlp_file_write(path, bytes, size);
    gamlp_free(bytes);
    return status;
}

gamlp_status gamlp_model_read(gamlp_model *model, const char *path) {
    *model = (gamlp_model){0};
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, path, max_file);
    if (status != GAMLP_OK) return status;
    status = gamlp_model_decode(model, bytes.data, bytes.size, path);
    gamlp_bytes_clear(&bytes);
    return status;
}
