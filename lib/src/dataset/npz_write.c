/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/npz_write.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "dataset/npy.h"
#include "gamlp/alloc.h"

void gamlp_npz_writer_clear(gamlp_npz_writer *w) {
    for (int64_t i = 0; i < w->count; i++) gamlp_bytes_clear(&w->entry[i].bytes);
    w->count = 0;
}

gamlp_status gamlp_npz_put(gamlp_npz_writer *w, const char *name, const char *type, int64_t rows,
                           int64_t cols, const void *data, size_t item) {
    const int64_t shape[2] = {rows, cols};
    gamlp_archive_entry *entry = &w->entry[w->count];
    if (w->count == GAMLP_NPZ_ENTRIES)
        return gamlp_fail(GAMLP_E_INTERNAL, "%s.npy: too many arrays", name);
    snprintf(w->name[w->count], sizeof w->name[0], "%s.npy", name);
    entry->name = w->name[w->count];
    gamlp_status status = gamlp_npy_write(&entry->bytes, type, shape,
                                          rows < 0   ? 0
                                          : cols < 0 ? 1
                                                     : 2,
                                          data, item);
    if (status == GAMLP_OK) w->count++;
    return status;
}

const char *gamlp_npz_real(void) {
    return sizeof(gamlp_real) == 4 ? "<f4" : "<f8";
}

static gamlp_status put_ones(gamlp_npz_writer *w, const char *name, int64_t count) {
    float *one;
    gamlp_status status = gamlp_new_raw(&one, count, sizeof *one, "sparse values");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < count; k++) one[k] = 1;
    status = gamlp_npz_put(w, name, "<f4", count, -1, one, sizeof *one);
    gamlp_free(one);
    return status;
}

gamlp_status gamlp_npz_put_csr(gamlp_npz_writer *w, const char *prefix, const gamlp_csr *a) {
    static const char *const part[] = {"data", "indices", "indptr", "shape"};
    const int64_t shape[2] = {a->rows, a->cols};
    char name[4][24];
    gamlp_status status = GAMLP_OK;
    for (int i = 0; i < 4; i++) snprintf(name[i], sizeof name[i], "%s%s", prefix, part[i]);
    if (a->val)
        GAMLP_TRY(gamlp_npz_put(w, name[0], gamlp_npz_real(), a->nnz, -1, a->val, sizeof *a->val));
    else
        GAMLP_TRY(put_ones(w, name[0], a->nnz));
    GAMLP_TRY(gamlp_npz_put(w, name[1], "<i4", a->nnz, -1, a->idx, sizeof *a->idx));
    GAMLP_TRY(gamlp_npz_put(w, name[2], "<i8", a->rows + 1, -1, a->ptr, sizeof *a->ptr));
    GAMLP_TRY(gamlp_npz_put(w, name[3], "<i8", 2, -1, shape, sizeof shape[0]));
done:
    return status;
}

gamlp_status gamlp_npz_put_format(gamlp_npz_writer *w) {
    return gamlp_npz_put(w, "format", "|S3", -1, -1, "csr", 3);
}

static int64_t code_points(const char *text) {
    int64_t count = 0;
    int bytes;
    for (; *text; text += bytes, count++)
        if (gamlp_text_code_point(&bytes, text) == 0 || bytes == 0) break;
    return count;
}

/* UTF-8 texts as an array of kind U, four bytes a character. */
static gamlp_status put_texts(gamlp_npz_writer *w, const char *name, char *const *text,
                              int64_t count) {
    int64_t width = 1;
    unsigned char *data;
    char type[32];
    for (int64_t i = 0; i < count; i++)
        if (code_points(text[i]) > width) width = code_points(text[i]);
    gamlp_status status = gamlp_new(&data, count * width, 4, "names of classes");
    if (status != GAMLP_OK) return status;
    for (int64_t i = 0; i < count; i++) {
        const char *at = text[i];
        for (int64_t k = 0; k < width && *at; k++) {
            int bytes;
            uint32_t point = gamlp_text_code_point(&bytes, at);
            if (bytes == 0) break;
            for (int b = 0; b < 4; b++)
                data[(i * width + k) * 4 + b] = (unsigned char)(point >> (8 * b));
            at += bytes;
        }
    }
    snprintf(type, sizeof type, "<U%lld", (long long)width);
    status = gamlp_npz_put(w, name, type, count, -1, data, (size_t)width * 4);
    gamlp_free(data);
    return status;
}

bool gamlp_dataset_labels_show(const gamlp_dataset *dataset) {
    for (int64_t i = 0; i < dataset->nodes; i++)
        if (dataset->label[i] == dataset->classes - 1) return true;
    return false;
}

gamlp_status gamlp_npz_put_classes(gamlp_npz_writer *w, const gamlp_dataset *dataset) {
    char **text = NULL;
    gamlp_status status = GAMLP_OK;
    if (dataset->class_name)
        return put_texts(w, "class_names", dataset->class_name, dataset->classes);
    if (gamlp_dataset_labels_show(dataset)) return status;
    GAMLP_TRY(gamlp_new(&text, dataset->classes, sizeof *text, "names of classes"));
    for (int64_t c = 0; c < dataset->classes; c++)
        GAMLP_TRY(gamlp_text_format(&text[c], "%lld", (long long)c));
    GAMLP_TRY(put_texts(w, "class_names", text, dataset->classes));
done:
    for (int64_t c = 0; text && c < dataset->classes; c++) gamlp_free(text[c]);
    gamlp_free(text);
    return status;
}

gamlp_status gamlp_npz_put_split(gamlp_npz_writer *w, const gamlp_split *split) {
    gamlp_status status = GAMLP_OK;
    if (split->train_count == 0) return status;
    GAMLP_TRY(gamlp_npz_put(w, "idx_train", "<i8", split->train_count, -1, split->train, 8));
    GAMLP_TRY(gamlp_npz_put(w, "idx_val", "<i8", split->val_count, -1, split->val, 8));
    GAMLP_TRY(gamlp_npz_put(w, "idx_test", "<i8", split->test_count, -1, split->test, 8));
done:
    return status;
}

gamlp_status gamlp_npz_finish(gamlp_bytes *bytes, const gamlp_npz_writer *w, const char *what) {
    return gamlp_archive_write(bytes, w->entry, w->count, what);
}
