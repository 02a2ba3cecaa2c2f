/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/class_names.h"

#include <string.h>

#include "core/text.h"
#include "dataset/pickle.h"
#include "gamlp/alloc.h"

enum { TEXT_LIMIT = 4096 };

/* UTF-8 of a code point; 0 bytes when there is none. */
static size_t encode(char *to, uint32_t c) {
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return 0;
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    to[0] = (char)((0xff00 >> (more + 1) & 0xff) | c >> (6 * more));
    for (size_t i = 1; i <= more; i++) to[i] = (char)(0x80 | (c >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* Element i of a numpy array of texts, which are padded with zeros. */
static void decode(char text[TEXT_LIMIT], const gamlp_array *array, int64_t i) {
    const unsigned char *at = array->data + i * array->item_size;
    size_t used = 0;
    int64_t step = array->kind == 'U' ? 4 : 1;
    for (int64_t k = 0; k < array->item_size && used + 4 < TEXT_LIMIT; k += step) {
        uint32_t c = 0;
        for (int64_t b = 0; b < step; b++)
            c |= (uint32_t)at[k + (array->swapped ? step - 1 - b : b)] << (8 * b);
        if (c == 0) break;
        if (step == 1)
            text[used++] = (char)c;
        else
            used += encode(text + used, c);
    }
    text[used] = 0;
}

static gamlp_status add(char **text, const char *name) {
    if (gamlp_text_bad_byte(name) >= 0) return gamlp_fail(GAMLP_E_DATA, "a name is not UTF-8");
    return gamlp_strdup(text, name);
}

static gamlp_status from_array(char **text, int64_t count, const gamlp_npz *npz, const char *name) {
    char one[TEXT_LIMIT];
    gamlp_array array;
    gamlp_bytes bytes;
    gamlp_status status = gamlp_npz_read(&array, &bytes, npz, name);
    for (int64_t i = 0; status == GAMLP_OK && i < count; i++) {
        decode(one, &array, i);
        status = add(&text[i], one);
    }
    gamlp_bytes_clear(&bytes);
    return status;
}

/* An ndarray of objects has the state (1, shape, dtype, is_fortran, list). */
static gamlp_status take_list(char **text, int64_t count, const gamlp_pickle *p) {
    const gamlp_pickle_value *state = gamlp_pickle_at(p, gamlp_pickle_root(p), 1);
    const gamlp_pickle_value *list = gamlp_pickle_at(p, state, 4);
    if (!list || list->kind != GAMLP_PICKLE_LIST || gamlp_pickle_length(p, list) != count)
        return gamlp_fail(GAMLP_E_DATA, "no list of names");
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(p, list);
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; status == GAMLP_OK && i < count; i++) {
        char one[TEXT_LIMIT];
        const gamlp_pickle_value *value = gamlp_pickle_walk_step(p, &walk);
        if (!value || value->kind != GAMLP_PICKLE_TEXT || value->size >= TEXT_LIMIT ||
            memchr(value->as.text, 0, value->size))
            return gamlp_fail(GAMLP_E_DATA, "a name is no text");
        if (value->size > 0) memcpy(one, value->as.text, value->size);
        one[value->size] = 0;
        status = add(&text[i], one);
    }
    return status;
}

static gamlp_status from_pickle(char **text, int64_t count, const gamlp_npz *npz,
                                const char *name) {
    gamlp_array array;
    gamlp_bytes bytes = {0};
    gamlp_pickle *pickle = NULL;
    size_t offset = 0;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_npz_objects(&array, &bytes, &offset, npz, name));
    GAMLP_TRY(gamlp_pickle_parse(&pickle, bytes.data + offset, bytes.size - offset, npz->what));
    GAMLP_TRY(take_list(text, count, pickle));
done:
    gamlp_pickle_free(pickle);
    gamlp_bytes_clear(&bytes);
    return status;
}

gamlp_status gamlp_class_names_read(gamlp_dataset *dataset, const gamlp_npz *npz,
                                    const char *name) {
    gamlp_array head;
    int64_t count = dataset->classes;
    char **text = NULL;
    if (!gamlp_npz_has(npz, name)) return GAMLP_OK;
    gamlp_status status = gamlp_npz_head(&head, npz, name);
    if (status != GAMLP_OK || head.dims != 1 || head.count != count)
        return status == GAMLP_E_NOMEM ? status : GAMLP_OK;
    status = gamlp_new(&text, count, sizeof *text, "names of classes");
    if (status != GAMLP_OK) return status;
    if (head.kind == 'O')
        status = from_pickle(text, count, npz, name);
    else if (head.kind == 'S' || head.kind == 'U')
        status = from_array(text, count, npz, name);
    else
        status = GAMLP_E_DATA;
    if (status == GAMLP_OK) {
        dataset->class_name = text;
        return GAMLP_OK;
    }
    for (int64_t i = 0; i < count; i++) gamlp_free(text[i]);
    gamlp_free(text);
    return status == GAMLP_E_NOMEM ? status : GAMLP_OK;
}
