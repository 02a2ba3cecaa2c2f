/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/slabs.h"

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { LEAST = 32 }; /* rows of a slab */

static int64_t up(int64_t n) {
    return (n + GAMLP_LANES - 1) / GAMLP_LANES * GAMLP_LANES;
}

/* An odd number of cache lines: the columns of a slab spread over the sets of a cache. */
static int64_t apart(int64_t rows) {
    int64_t whole = up(rows);
    return whole / GAMLP_LANES % 2 ? whole : whole + GAMLP_LANES;
}

/* Four slabs where they are not too small or large. */
static int64_t height_of(int64_t rows) {
    int64_t height = up((rows + 3) / 4);
    if (height < LEAST) return LEAST;
    return height < GAMLP_SLAB_ROWS ? height : GAMLP_SLAB_ROWS;
}

static int64_t count_of(int64_t rows) {
    return (rows + height_of(rows) - 1) / height_of(rows);
}

bool gamlp_slabs_serve(int64_t rows, int64_t cols, int64_t out) {
    return cols <= GAMLP_SLAB_COLUMNS && out * count_of(rows) <= rows;
}

gamlp_status gamlp_slabs_init(gamlp_slabs *slabs, int64_t rows, int64_t cols, int64_t out) {
    gamlp_status status = GAMLP_OK;
    *slabs = (gamlp_slabs){
        .rows = rows, .cols = cols, .out = out, .height = height_of(rows), .count = count_of(rows)};
    GAMLP_TRY(gamlp_new(&slabs->figures, slabs->count * GAMLP_SLAB_FIGURES, sizeof *slabs->figures,
                        "the sums of slabs"));
    GAMLP_TRY(gamlp_new(&slabs->images, slabs->count * out * cols, sizeof *slabs->images,
                        "the images of slabs"));
done:
    return status;
}

void gamlp_slabs_clear(gamlp_slabs *slabs) {
    gamlp_free(slabs->figures);
    gamlp_free(slabs->images);
    *slabs = (gamlp_slabs){0};
}

int64_t gamlp_slabs_size(const gamlp_slabs *slabs) {
    return slabs->count * apart(slabs->height) * slabs->cols;
}

/* Sizes are often a multiple of the page: matrices are apart by some lines more, lest the same
 * elements of all of them fall into the same set of a cache. */
gamlp_status gamlp_slabs_matrices(gamlp_real **block, gamlp_real **const *matrix, int64_t count,
                                  const gamlp_slabs *slabs) {
    enum { APART = 5 * GAMLP_LANES };
    int64_t stride = gamlp_slabs_size(slabs) + APART;
    gamlp_status status = gamlp_new(block, count * stride, sizeof **block, "matrices in slabs");
    for (int64_t i = 0; i < count && status == GAMLP_OK; i++) *matrix[i] = *block + i * stride;
    return status;
}

static gamlp_slab slab_of(const gamlp_slabs *slabs, int64_t index) {
    int64_t from = index * slabs->height, left = slabs->rows - from;
    int64_t rows = left < slabs->height ? left : slabs->height;
    int64_t at = index * apart(slabs->height) * slabs->cols;
    return (gamlp_slab){from, rows, up(rows), apart(rows), at, slabs->cols};
}

typedef struct run {
    gamlp_slabs *slabs;
    gamlp_slab_body body;
    const void *context;
    gamlp_real *packed;
    gamlp_dense dense;
} run;

static void run_slab(void *context, int64_t index) {
    const run *r = context;
    gamlp_slab slab = slab_of(r->slabs, index);
    r->body(r->context, &slab, r->slabs->figures + index * GAMLP_SLAB_FIGURES,
            r->slabs->images + index * r->slabs->out * r->slabs->cols);
}

static void pack_slab(void *context, int64_t index) {
    const run *r = context;
    gamlp_slab s = slab_of(r->slabs, index);
    for (int64_t j = 0; j < s.cols; j++)
        memcpy(r->packed + s.at + j * s.ld, r->dense.data + s.from + j * r->dense.rows,
               (size_t)s.rows * sizeof *r->packed);
}

static void unpack_slab(void *context, int64_t index) {
    const run *r = context;
    gamlp_slab s = slab_of(r->slabs, index);
    for (int64_t j = 0; j < s.cols; j++)
        memcpy(r->dense.data + s.from + j * r->dense.rows, r->packed + s.at + j * s.ld,
               (size_t)s.rows * sizeof *r->packed);
}

void gamlp_slabs_pack(gamlp_real *x, const gamlp_slabs *slabs, const gamlp_dense *dense) {
    gamlp_slabs own = *slabs;
    run r = {.slabs = &own, .packed = x, .dense = *dense};
    gamlp_parallel(slabs->count, pack_slab, &r);
}

void gamlp_slabs_unpack(gamlp_dense *dense, const gamlp_slabs *slabs, const gamlp_real *x) {
    gamlp_slabs own = *slabs;
    union {
        const gamlp_real *in;
        gamlp_real *out;
    } packed = {x};
    run r = {.slabs = &own, .packed = packed.out, .dense = *dense};
    gamlp_parallel(slabs->count, unpack_slab, &r);
}

static void add_images(gamlp_dense *image, const gamlp_real *part, int64_t count) {
    int64_t size = gamlp_sweep_elements(image);
    memcpy(image->data, part, (size_t)size * sizeof *part);
    for (int64_t index = 1; index < count; index++)
        for (int64_t i = 0; i < size; i++) image->data[i] += part[index * size + i];
}

void gamlp_slabs_run(double *figures, gamlp_dense *image, gamlp_slabs *slabs, gamlp_slab_body body,
                     const void *context) {
    run r = {.slabs = slabs, .body = body, .context = context};
    memset(slabs->figures, 0, (size_t)(slabs->count * GAMLP_SLAB_FIGURES) * sizeof *slabs->figures);
    gamlp_parallel(slabs->count, run_slab, &r);
    if (image) add_images(image, slabs->images, slabs->count);
    memset(figures, 0, GAMLP_SLAB_FIGURES * sizeof *figures);
    for (int64_t index = 0; index < slabs->count; index++) {
        const double *part = slabs->figures + index * GAMLP_SLAB_FIGURES;
        for (int k = 0; k < GAMLP_SLAB_MAXIMA; k++) figures[k] += part[k];
        for (int k = GAMLP_SLAB_MAXIMA; k < GAMLP_SLAB_FIGURES; k++)
            figures[k] = part[k] > figures[k] ? part[k] : figures[k];
    }
}
