/* SPDX-License-Identifier: GPL-2.0-or-later */
/* %%MatrixMarket matrix coordinate|array pattern|integer|real general|symmetric|skew-symmetric
 * % comments
 * rows columns [entries]
 * row column [value], from 1; or, of an array, a value a line, column by column. */
#include "dataset/mtx.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/lines.h"
#include "core/number.h"
#include "core/stream.h"
#include "gamlp/alloc.h"

enum { ROWS_FREE = 1 << 20, FIRST_ROOM = 1 << 12 };

typedef struct reader {
    gamlp_lines *lines;
    const char *path;
    int64_t bound; /* bytes that the text can have */
    bool pattern, integer;
    int64_t listed, room;
} reader;

void gamlp_mtx_clear(gamlp_mtx *mtx) {
    if (!mtx) return;
    gamlp_free(mtx->row);
    gamlp_free(mtx->col);
    gamlp_free(mtx->val);
    *mtx = (gamlp_mtx){0};
}

static gamlp_status refuse(const reader *r, const char *problem) {
    return gamlp_lines_refuse(r->lines, problem);
}

/* Five words, and whether there are as many. */
static bool split_words(char word[5][24], const char *at) {
    for (int i = 0; i < 5; i++) {
        at += strspn(at, " \t");
        size_t size = strcspn(at, " \t");
        if (size == 0 || size >= sizeof word[i]) return false;
        memcpy(word[i], at, size);
        word[i][size] = 0;
        at += size;
    }
    return at[strspn(at, " \t")] == 0;
}

static gamlp_status read_banner(gamlp_mtx *mtx, reader *r) {
    char *line, word[5][24];
    size_t size;
    gamlp_status status = gamlp_lines_next(&line, &size, r->lines);
    if (status != GAMLP_OK) return status;
    if (!line || !split_words(word, line) || strcasecmp(word[0], "%%MatrixMarket") != 0 ||
        strcasecmp(word[1], "matrix") != 0)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: line 1: expected %%%%MatrixMarket matrix and three words", r->path);
    mtx->dense = strcasecmp(word[2], "array") == 0;
    r->pattern = strcasecmp(word[3], "pattern") == 0;
    r->integer = strcasecmp(word[3], "integer") == 0;
    mtx->general = strcasecmp(word[4], "general") == 0;
    if (!mtx->dense && strcasecmp(word[2], "coordinate") != 0)
        return refuse(r, "expected coordinate or array");
    if (!r->pattern && !r->integer && strcasecmp(word[3], "real") != 0 &&
        strcasecmp(word[3], "double") != 0)
        return refuse(r, "expected pattern, integer or real");
    if (!mtx->general && strcasecmp(word[4], "symmetric") != 0 &&
        strcasecmp(word[4], "skew-symmetric") != 0)
        return refuse(r, "expected general, symmetric or skew-symmetric");
    if (mtx->dense && (r->pattern || !mtx->general))
        return refuse(r, "expected an array to be general and to have values");
    return GAMLP_OK;
}

/* The next line that is neither empty nor a comment; NULL at the end. */
static gamlp_status next_line(const char **line, reader *r) {
    char *text;
    size_t size;
    for (;;) {
        gamlp_status status = gamlp_lines_next(&text, &size, r->lines);
        if (status != GAMLP_OK) return status;
        *line = text;
        if (!text) return GAMLP_OK;
        *line += strspn(text, " \t");
        if (**line && **line != '%') return GAMLP_OK;
    }
}

/* `count` integers and then, when `real` is not NULL, a number, and nothing else. */
static bool parse_line(int64_t *value, int count, double *real, const char *at) {
    for (int i = 0; i < count; i++) {
        at += strspn(at, " \t");
        if (!gamlp_number_int(&value[i], &at)) return false;
        if (*at && !strchr(" \t", *at)) return false;
    }
    at += strspn(at, " \t");
    if (real && !gamlp_number_real(real, &at)) return false;
    at += strspn(at, " \t");
    return *at == 0;
}

static gamlp_status read_size(gamlp_mtx *mtx, reader *r) {
    const char *line;
    int64_t size[3] = {0};
    gamlp_status status = next_line(&line, r);
    if (status != GAMLP_OK) return status;
    if (!line || !parse_line(size, mtx->dense ? 2 : 3, NULL, line))
        return refuse(r, mtx->dense ? "expected rows and columns"
                                    : "expected rows, columns and entries");
    mtx->rows = size[0];
    mtx->cols = size[1];
    if (mtx->rows < 1 || mtx->cols < 1 || mtx->rows >= INT32_MAX || mtx->cols >= INT32_MAX)
        return refuse(r, "expected at least 1 and less than 2147483647 rows and columns");
    if (!mtx->general && mtx->rows != mtx->cols)
        return refuse(r, "expected as many rows as columns of a symmetric matrix");
    mtx->count = mtx->dense ? mtx->rows * mtx->cols : size[2];
    int64_t bytes = mtx->dense ? 2 : 4; /* an entry has at least as many; the last no newline */
    if (mtx->count < 0 || mtx->count > r->bound / bytes + 1)
        return refuse(r, "more entries than the file can hold");
    if (mtx->rows > r->bound + ROWS_FREE || mtx->cols > r->bound + ROWS_FREE)
        return refuse(r, "rows or columns out of proportion to the file");
    return GAMLP_OK;
}

static gamlp_status make_room(gamlp_mtx *mtx, reader *r) {
    int64_t room = r->room ? 2 * r->room : FIRST_ROOM;
    gamlp_status status = GAMLP_OK;
    if (r->listed < r->room) return status;
    if (room > mtx->count) room = mtx->count;
    if (!mtx->dense) {
        GAMLP_TRY(gamlp_grow(&mtx->row, r->room, room, sizeof *mtx->row, "matrix entries"));
        GAMLP_TRY(gamlp_grow(&mtx->col, r->room, room, sizeof *mtx->col, "matrix entries"));
    }
    if (!r->pattern)
        GAMLP_TRY(gamlp_grow(&mtx->val, r->room, room, sizeof *mtx->val, "matrix entries"));
    r->room = room;
done:
    return status;
}

static gamlp_status read_entry(gamlp_mtx *mtx, reader *r, const char *line) {
    int64_t at[2] = {1, 1};
    double value = 1;
    if (r->listed == mtx->count) return refuse(r, "more entries than the line of sizes says");
    if (!parse_line(at, mtx->dense ? 0 : 2, r->pattern ? NULL : &value, line))
        return refuse(r, mtx->dense   ? "expected a number"
                         : r->pattern ? "expected row and column"
                                      : "expected row, column and a number");
    if (at[0] < 1 || at[0] > mtx->rows || at[1] < 1 || at[1] > mtx->cols)
        return refuse(r, "row or column is outside the matrix");
    if (!isfinite((float)value)) return refuse(r, "the value is not a finite float");
    if (r->integer && value != floor(value)) return refuse(r, "expected an integer");
    gamlp_status status = make_room(mtx, r);
    if (status != GAMLP_OK) return status;
    if (!mtx->dense) {
        mtx->row[r->listed] = at[0] - 1;
        mtx->col[r->listed] = at[1] - 1;
    }
    if (!r->pattern) mtx->val[r->listed] = value;
    r->listed++;
    return GAMLP_OK;
}

static gamlp_status read_entries(gamlp_mtx *mtx, reader *r) {
    for (;;) {
        const char *line;
        gamlp_status status = next_line(&line, r);
        if (status != GAMLP_OK) return status;
        if (!line) break;
        status = read_entry(mtx, r, line);
        if (status != GAMLP_OK) return status;
    }
    if (r->listed < mtx->count)
        return gamlp_fail(GAMLP_E_DATA, "%s: ends behind %lld of %lld entries", r->path,
                          (long long)r->listed, (long long)mtx->count);
    return GAMLP_OK;
}

gamlp_status gamlp_mtx_load(gamlp_mtx *mtx, const char *path) {
    *mtx = (gamlp_mtx){0};
    reader r = {.path = path};
    gamlp_stream *stream = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_stream_open(&stream, path));
    r.bound = gamlp_stream_bound(stream);
    GAMLP_TRY(gamlp_lines_open(&r.lines, path));
    GAMLP_TRY(read_banner(mtx, &r));
    GAMLP_TRY(read_size(mtx, &r));
    GAMLP_TRY(read_entries(mtx, &r));
done:
    gamlp_stream_close(stream);
    gamlp_lines_close(r.lines);
    if (status != GAMLP_OK) gamlp_mtx_clear(mtx);
    return status;
}

static gamlp_status take_dense(gamlp_dataset *d, const gamlp_mtx *mtx) {
    gamlp_status status = gamlp_dense_init(&d->dense, mtx->cols, mtx->rows);
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < mtx->count; k++)
        d->dense.data[k / mtx->rows + k % mtx->rows * mtx->cols] = (gamlp_real)mtx->val[k];
    return GAMLP_OK;
}

static gamlp_status take_sparse(gamlp_dataset *d, const gamlp_mtx *mtx) {
    gamlp_real *val = NULL;
    int64_t used = 0;
    gamlp_status status = gamlp_new_raw(&val, mtx->count, sizeof *val, "features");
    if (status != GAMLP_OK) return status;
    for (int64_t k = 0; k < mtx->count; k++) {
        gamlp_real value = mtx->val ? (gamlp_real)mtx->val[k] : 1;
        if (value == 0) continue;
        mtx->row[used] = mtx->row[k];
        mtx->col[used] = mtx->col[k];
        val[used++] = value;
    }
    status = gamlp_csr_from_triplets(&d->sparse, mtx->rows, mtx->cols, used, mtx->row, mtx->col,
                                     val, GAMLP_DUPLICATES_SUM);
    gamlp_free(val);
    return status;
}

gamlp_status gamlp_mtx_features(gamlp_dataset *dataset, const char *path) {
    gamlp_mtx mtx;
    gamlp_status status = gamlp_mtx_load(&mtx, path);
    if (status != GAMLP_OK) return status;
    if (!mtx.general)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: line 1: expected general features", path));
    GAMLP_TRY(mtx.dense ? take_dense(dataset, &mtx) : take_sparse(dataset, &mtx));
    dataset->features = mtx.cols;
done:
    gamlp_mtx_clear(&mtx);
    return status;
}
