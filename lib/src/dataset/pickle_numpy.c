/* SPDX-License-Identifier: GPL-2.0-or-later */
/* numpy arrays and scipy CSR matrices out of a parsed pickle. */
#include <string.h>

#include "dataset/pickle.h"

static gamlp_status refuse(const gamlp_pickle *p, const char *sentence) {
    return gamlp_fail(GAMLP_E_DATA, "%s: %s", gamlp_pickle_what(p), sentence);
}

static bool is_class(const gamlp_pickle *p, const gamlp_pickle_value *value,
                     gamlp_pickle_class class_) {
    return value && value->kind == GAMLP_PICKLE_OBJECT && gamlp_pickle_class_of(p, value) == class_;
}

static bool is_kind(const gamlp_pickle_value *value, gamlp_pickle_kind kind) {
    return value && value->kind == kind;
}

/* dtype("i4", 0, 1) with the state (3, "<", None, None, None, -1, -1, 0). */
static gamlp_status read_type(gamlp_array *array, const gamlp_pickle *p,
                              const gamlp_pickle_value *type) {
    const gamlp_pickle_value *arguments = gamlp_pickle_at(p, type, 0);
    const gamlp_pickle_value *state = gamlp_pickle_at(p, type, 1);
    const gamlp_pickle_value *name = gamlp_pickle_at(p, arguments, 0);
    const gamlp_pickle_value *order = gamlp_pickle_at(p, state, 1);
    if (!is_class(p, type, GAMLP_PICKLE_CLASS_DTYPE) || !is_kind(name, GAMLP_PICKLE_TEXT) ||
        name->size == 0 || name->size > 8)
        return refuse(p, "a numpy type is not one of plain numbers");
    char text[9];
    size_t size = 0;
    if (is_kind(order, GAMLP_PICKLE_TEXT) && order->size == 1)
        text[size++] = (char)order->as.text[0];
    for (int64_t i = 2; i < 5 && state; i++) {
        const gamlp_pickle_value *field = gamlp_pickle_at(p, state, i);
        if (field && field->kind != GAMLP_PICKLE_NONE)
            return refuse(p, "a numpy type is not one of plain numbers");
    }
    memcpy(text + size, name->as.text, name->size);
    return gamlp_array_type(array, text, size + name->size, gamlp_pickle_what(p));
}

static gamlp_status read_shape(gamlp_array *array, const gamlp_pickle *p,
                               const gamlp_pickle_value *shape) {
    int64_t extent[GAMLP_ARRAY_DIMS], dims = gamlp_pickle_length(p, shape);
    if (!is_kind(shape, GAMLP_PICKLE_TUPLE) || dims > GAMLP_ARRAY_DIMS)
        return refuse(p, "a numpy array has no shape of at most four dimensions");
    for (int64_t i = 0; i < dims; i++) {
        const gamlp_pickle_value *item = gamlp_pickle_at(p, shape, i);
        if (item->kind != GAMLP_PICKLE_INT)
            return refuse(p, "an extent of a numpy array is not an integer");
        extent[i] = item->as.integer;
    }
    return gamlp_array_shape(array, extent, dims, gamlp_pickle_what(p));
}

/* State of an ndarray: (1, shape, dtype, is_fortran, bytes). */
gamlp_status gamlp_pickle_array(gamlp_array *array, const gamlp_pickle *p,
                                const gamlp_pickle_value *value) {
    *array = (gamlp_array){0};
    const gamlp_pickle_value *state = gamlp_pickle_at(p, value, 1);
    if (!is_class(p, value, GAMLP_PICKLE_CLASS_NDARRAY) || gamlp_pickle_length(p, state) != 5)
        return refuse(p, "expected a numpy array");
    gamlp_status status = read_type(array, p, gamlp_pickle_at(p, state, 2));
    if (status == GAMLP_OK) status = read_shape(array, p, gamlp_pickle_at(p, state, 1));
    if (status != GAMLP_OK) return status;
    const gamlp_pickle_value *fortran = gamlp_pickle_at(p, state, 3);
    const gamlp_pickle_value *bytes = gamlp_pickle_at(p, state, 4);
    if (fortran->kind > GAMLP_PICKLE_INT || bytes->kind != GAMLP_PICKLE_TEXT)
        return refuse(p, "expected a numpy array of plain numbers");
    if (array->count * array->item_size != (int64_t)bytes->size)
        return gamlp_fail(GAMLP_E_DATA, "%s: a numpy array has %lld bytes, its shape needs %lld",
                          gamlp_pickle_what(p), (long long)bytes->size,
                          (long long)(array->count * array->item_size));
    array->fortran = fortran->as.integer != 0;
    array->data = bytes->as.text;
    return GAMLP_OK;
}

/* State of a csr_matrix: a dict with (_)shape, indptr, indices, data. */
gamlp_status gamlp_pickle_csr(gamlp_scipy_csr *csr, const gamlp_pickle *p,
                              const gamlp_pickle_value *value) {
    *csr = (gamlp_scipy_csr){0};
    const gamlp_pickle_value *state = gamlp_pickle_at(p, value, 1);
    if (!is_class(p, value, GAMLP_PICKLE_CLASS_CSR) || !is_kind(state, GAMLP_PICKLE_DICT))
        return refuse(p, "expected a scipy CSR matrix");
    const gamlp_pickle_value *shape = gamlp_pickle_find(p, state, "_shape");
    if (!shape) shape = gamlp_pickle_find(p, state, "shape");
    const gamlp_pickle_value *rows = gamlp_pickle_at(p, shape, 0);
    const gamlp_pickle_value *cols = gamlp_pickle_at(p, shape, 1);
    if (gamlp_pickle_length(p, shape) != 2 || !is_kind(rows, GAMLP_PICKLE_INT) ||
        !is_kind(cols, GAMLP_PICKLE_INT))
        return refuse(p, "a scipy CSR matrix has no shape of two integers");
    csr->rows = rows->as.integer;
    csr->cols = cols->as.integer;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pickle_array(&csr->indptr, p, gamlp_pickle_find(p, state, "indptr")));
    GAMLP_TRY(gamlp_pickle_array(&csr->indices, p, gamlp_pickle_find(p, state, "indices")));
    GAMLP_TRY(gamlp_pickle_array(&csr->data, p, gamlp_pickle_find(p, state, "data")));
done:
    return status;
}
