/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A layer as bytes, for checkpoints and for layers that move to another process (docs/formats.md).
 *
 * The gradient g of p is left out: u_{l-1} + rho (p - q_{l-1}) gives it again to the bit, and in a
 * share of a net it is not there yet when an iteration ends. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "solver/block.h"

enum { VERSION = 1, NAME = 8, HEAD = 16, SECTION = 32 };

static const char magic[] = "GAMLPLAY";
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "layers are kept little-endian");

typedef struct part {
    const char *name;
    gamlp_dense *a;
    gamlp_state_kind kind; /* the least that holds it */
} part;

enum { PARTS = 13 };

/* The matrices of a layer; those that it does not have are empty. */
static void list_parts(part list[PARTS], gamlp_pd_layer *layer, gamlp_pd_input *input) {
    const part all[PARTS] = {{"first", &input->first, GAMLP_STATE_WEIGHTS},
                             {"w", &layer->w, GAMLP_STATE_WEIGHTS},
                             {"b", &layer->b, GAMLP_STATE_WEIGHTS},
                             {"B", &input->b, GAMLP_STATE_WEIGHTS},
                             {"p", &layer->p, GAMLP_STATE_ALL},
                             {"z", &layer->z, GAMLP_STATE_ALL},
                             {"q", &layer->q, GAMLP_STATE_ALL},
                             {"u", &layer->u, GAMLP_STATE_ALL},
                             {"m", &layer->m, GAMLP_STATE_ALL},
                             {"r", &layer->r, GAMLP_STATE_ALL},
                             {"kept w", &layer->kept_w, GAMLP_STATE_ALL},
                             {"kept b", &layer->kept_b, GAMLP_STATE_ALL},
                             {"kept B", &input->kept_b, GAMLP_STATE_ALL}};
    memcpy(list, all, sizeof all);
}

/* What of a layer is no matrix, in this order. */
typedef struct numbers {
    double a, kept_a, weight_square, kept_square;
    double explicit_left, kept;
    double count, low, step;                   /* Delta_l   */
    double above_count, above_low, above_step; /* Delta_(l+1), when q is quantised */
} numbers;

static numbers numbers_of(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                          const gamlp_pd_input *input) {
    bool both = block->options.quantise == GAMLP_QUANTISE_PQ;
    const gamlp_levels *above = &block->above_levels;
    if (both && layer->number < block->last)
        above = &gamlp_pd_layer_at(block, layer->number + 1)->levels;
    return (numbers){.a = input->a,
                     .kept_a = input->kept_a,
                     .weight_square = layer->weight_square,
                     .kept_square = input->kept_square,
                     .explicit_left = (double)layer->explicit_left,
                     .kept = block->kept,
                     .count = (double)layer->levels.count,
                     .low = layer->levels.low,
                     .step = layer->levels.step,
                     .above_count = (double)above->count,
                     .above_low = above->low,
                     .above_step = above->step};
}

static bool are_levels(double count, double low, double step) {
    return (count == 0 || (count >= 2 && count <= GAMLP_LEVELS_MAX && step > 0)) && isfinite(low) &&
           isfinite(step);
}

static gamlp_status check_numbers(const numbers *n, int64_t layer, bool quantised) {
    static const double most = 9007199254740992; /* 2^53 */
    double number[sizeof *n / sizeof(double)];
    bool sane = n->explicit_left >= 0 && n->explicit_left <= most &&
                are_levels(n->count, n->low, n->step) && (!quantised || n->count > 0) &&
                are_levels(n->above_count, n->above_low, n->above_step);
    memcpy(number, n, sizeof number);
    for (size_t i = 0; i < sizeof number / sizeof *number; i++) sane = sane && isfinite(number[i]);
    return sane ? GAMLP_OK
                : gamlp_fail(GAMLP_E_DATA, "layer %lld: its numbers are damaged", (long long)layer);
}

static void set_numbers(gamlp_pdadmm *block, gamlp_pd_layer *layer, const numbers *n) {
    layer->weight_square = n->weight_square;
    layer->explicit_left = (int64_t)n->explicit_left;
    layer->levels = (gamlp_levels){(int64_t)n->count, n->low, n->step, NULL, NULL};
    if (layer->number == block->last)
        block->above_levels =
            (gamlp_levels){(int64_t)n->above_count, n->above_low, n->above_step, NULL, NULL};
    if (n->kept != 0) block->kept = true;
    if (layer->number != 1) return;
    block->input.a = n->a;
    block->input.kept_a = n->kept_a;
    block->input.kept_square = n->kept_square;
}

static int64_t elements(const gamlp_dense *a) {
    return a->data ? a->rows * a->cols : 0;
}

/* Where line 2 with Omega begins its search for theta, or 0. */
static double theta_of(const gamlp_pdadmm *block, int64_t number, gamlp_state_kind kind) {
    const double theta = gamlp_pd_layer_at(block, number)->figures.theta;
    return kind == GAMLP_STATE_ALL && gamlp_pd_omega(block, number) ? theta : 0;
}

/* Name, rows, columns, bytes of an element; then the elements. */
static unsigned char *put_section(unsigned char *to, const char *name, int64_t rows, int64_t cols,
                                  const void *data, size_t unit) {
    const int64_t shape[3] = {rows, cols, (int64_t)unit};
    size_t bytes = (size_t)(rows * cols) * unit;
    memset(to, 0, NAME);
    memcpy(to, name, strlen(name));
    memcpy(to + NAME, shape, sizeof shape);
    memcpy(to + SECTION, data, bytes);
    return to + SECTION + bytes;
}

gamlp_status gamlp_pdadmm_save(unsigned char **bytes, size_t *size, const gamlp_pdadmm *block,
                               int64_t number, gamlp_state_kind kind) {
    gamlp_pd_layer layer = *gamlp_pd_layer_at(block, number);
    gamlp_pd_input input = {0};
    part list[PARTS];
    const int64_t version = VERSION;
    if (number == 1) input = block->input;
    numbers n = numbers_of(block, &layer, &input);
    const double theta = theta_of(block, number, kind);
    size_t total = HEAD + SECTION + sizeof n + (theta > 0 ? SECTION + sizeof theta : 0);
    list_parts(list, &layer, &input);
    for (int i = 0; i < PARTS; i++)
        if (list[i].kind <= kind && list[i].a->data)
            total += SECTION + (size_t)elements(list[i].a) * sizeof *list[i].a->data;
    gamlp_status status = gamlp_new_raw(bytes, (int64_t)total, 1, "the state of a layer");
    if (status != GAMLP_OK) return status;
    memcpy(*bytes, magic, NAME);
    memcpy(*bytes + NAME, &version, sizeof version);
    unsigned char *to =
        put_section(*bytes + HEAD, "numbers", sizeof n / sizeof(double), 1, &n, sizeof(double));
    if (theta > 0) to = put_section(to, "theta", 1, 1, &theta, sizeof theta);
    for (int i = 0; i < PARTS; i++)
        if (list[i].kind <= kind && list[i].a->data)
            to = put_section(to, list[i].name, list[i].a->rows, list[i].a->cols, list[i].a->data,
                             sizeof *list[i].a->data);
    *size = total;
    return GAMLP_OK;
}

/* A section of the bytes; its name is a text of at most 7 characters. */
typedef struct section {
    char name[NAME];
    int64_t rows, cols, unit;
    const unsigned char *data;
} section;

static gamlp_status next_section(section *s, const unsigned char **at, const unsigned char *end,
                                 int64_t layer) {
    const unsigned char *from = *at;
    if (end - from < SECTION) goto cut;
    memcpy(s->name, from, NAME);
    memcpy(&s->rows, from + NAME, 3 * sizeof s->rows);
    s->data = from + SECTION;
    bool sane = memchr(s->name, 0, NAME) && s->rows >= 0 && s->cols >= 0 && s->rows <= INT32_MAX &&
                s->cols <= INT32_MAX && (s->unit == 4 || s->unit == 8);
    if (!sane || (s->cols > 0 && s->rows > (end - s->data) / s->unit / s->cols)) goto cut;
    *at = s->data + s->rows * s->cols * s->unit;
    return GAMLP_OK;
cut:
    return gamlp_fail(GAMLP_E_DATA, "layer %lld: its state is cut short or damaged",
                      (long long)layer);
}

static gamlp_status copy_into(void *to, int64_t rows, int64_t cols, size_t unit, const section *s,
                              int64_t layer) {
    if (s->rows != rows || s->cols != cols || s->unit != (int64_t)unit)
        return gamlp_fail(
            GAMLP_E_DATA,
            "layer %lld: %s is %lld x %lld of %lld bytes, expected %lld x %lld of %zu",
            (long long)layer, s->name, (long long)s->rows, (long long)s->cols, (long long)s->unit,
            (long long)rows, (long long)cols, unit);
    memcpy(to, s->data, (size_t)(rows * cols) * unit);
    return GAMLP_OK;
}

/* W_1^0 of a model comes before B, and its products with X are made here. */
static gamlp_status take_first(gamlp_pdadmm *block, const section *s) {
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, 1);
    gamlp_dense *first = &block->input.first;
    gamlp_status status = GAMLP_OK;
    if (!gamlp_pd_is_gram(block, layer))
        return gamlp_fail(GAMLP_E_DATA, "layer 1: it is kept in the form for fewer columns");
    if (!first->data) GAMLP_TRY(gamlp_dense_init(first, layer->out, layer->in));
    GAMLP_TRY(copy_into(first->data, first->rows, first->cols, sizeof *first->data, s, 1));
    status = gamlp_pd_set_input(block, layer, first);
done:
    return status;
}

static gamlp_status take_theta(gamlp_pdadmm *block, const section *s, int64_t layer) {
    double theta;
    gamlp_status status = copy_into(&theta, 1, 1, sizeof theta, s, layer);
    if (status != GAMLP_OK) return status;
    if (!(isfinite(theta) && theta > 0))
        return gamlp_fail(GAMLP_E_DATA, "layer %lld: its theta is damaged", (long long)layer);
    if (block) gamlp_pd_layer_at(block, layer)->figures.theta = theta;
    return GAMLP_OK;
}

/* Put a section where it belongs, and note that it was there.  `block` is NULL for the layer below
 * a share. */
static gamlp_status take_section(gamlp_pdadmm *block, numbers *n, part list[PARTS],
                                 bool found[PARTS + 1], const section *s, int64_t layer) {
    if (strcmp(s->name, "numbers") == 0) {
        found[PARTS] = true;
        return copy_into(n, sizeof *n / sizeof(double), 1, sizeof(double), s, layer);
    }
    if (block && layer == 1 && strcmp(s->name, "first") == 0) return take_first(block, s);
    if (strcmp(s->name, "theta") == 0) return take_theta(block, s, layer);
    for (int i = 0; i < PARTS; i++) {
        gamlp_dense *a = list[i].a;
        if (strcmp(s->name, list[i].name) != 0) continue;
        if (!a || !a->data) return GAMLP_OK;
        found[i] = true;
        return copy_into(a->data, a->rows, a->cols, sizeof *a->data, s, layer);
    }
    return gamlp_fail(GAMLP_E_DATA, "layer %lld: unknown part %s", (long long)layer, s->name);
}

static gamlp_status read_sections(gamlp_pdadmm *block, numbers *n, part list[PARTS],
                                  bool found[PARTS + 1], const unsigned char *bytes, size_t size,
                                  int64_t layer) {
    const unsigned char *at = bytes + HEAD, *end = bytes + size;
    int64_t version = 0;
    gamlp_status status = GAMLP_OK;
    if (size >= HEAD) memcpy(&version, bytes + NAME, sizeof version);
    if (size < HEAD || memcmp(bytes, magic, NAME) != 0 || version != VERSION)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "layer %lld: not the state of a layer, version %d",
                             (long long)layer, VERSION));
    while (at < end) {
        section s;
        GAMLP_TRY(next_section(&s, &at, end, layer));
        GAMLP_TRY(take_section(block, n, list, found, &s, layer));
    }
    if (!found[PARTS])
        status = gamlp_fail(GAMLP_E_DATA, "layer %lld: its numbers are missing", (long long)layer);
done:
    return status;
}

static gamlp_status check_found(const part list[PARTS], const bool found[PARTS + 1],
                                gamlp_state_kind kind, int64_t layer) {
    for (int i = 0; i < PARTS; i++)
        if (list[i].a && list[i].a->data && list[i].kind <= kind && !found[i])
            return gamlp_fail(GAMLP_E_DATA, "layer %lld: %s is missing", (long long)layer,
                              list[i].name);
    return GAMLP_OK;
}

/* q and u of the layer below a share. */
static gamlp_status load_below(gamlp_pdadmm *block, int64_t number, const unsigned char *bytes,
                               size_t size) {
    gamlp_pd_layer below = {.q = block->below_q, .u = block->below_u};
    gamlp_pd_input none = {0};
    part list[PARTS];
    numbers n;
    bool found[PARTS + 1] = {false};
    gamlp_status status = GAMLP_OK;
    list_parts(list, &below, &none);
    GAMLP_TRY(read_sections(NULL, &n, list, found, bytes, size, number));
    status = check_found(list, found, GAMLP_STATE_ALL, number);
done:
    return status;
}

gamlp_status gamlp_pdadmm_load(gamlp_pdadmm *block, int64_t number, const unsigned char *bytes,
                               size_t size) {
    gamlp_pd_input none = {0};
    part list[PARTS];
    numbers n;
    bool found[PARTS + 1] = {false};
    gamlp_status status = GAMLP_OK;
    if (block->first > 1 && number == block->first - 1)
        return load_below(block, number, bytes, size);
    if (number < block->first || number > block->last)
        return gamlp_fail(GAMLP_E_USAGE, "layer %lld in a block of layers %lld to %lld",
                          (long long)number, (long long)block->first, (long long)block->last);
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, number);
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_P, true));
    GAMLP_TRY(gamlp_pd_reclaim(block, GAMLP_TENSOR_Q, true));
    list_parts(list, layer, number == 1 ? &block->input : &none);
    layer->figures.theta = 0;
    GAMLP_TRY(read_sections(block, &n, list, found, bytes, size, number));
    found[0] = true; /* W_1^0 is a model's only after a warm start */
    bool all = false;
    for (int i = 0; i < PARTS; i++) all = all || (found[i] && list[i].kind == GAMLP_STATE_ALL);
    GAMLP_TRY(check_found(list, found, all ? GAMLP_STATE_ALL : GAMLP_STATE_WEIGHTS, number));
    GAMLP_TRY(check_numbers(&n, number, block->options.quantise && number > 1));
    set_numbers(block, layer, &n);
done:
    return status;
}

gamlp_status gamlp_pdadmm_set_identity(gamlp_pdadmm *block, int64_t number) {
    gamlp_dense *w = &gamlp_pd_layer_at(block, number)->w,
                *b = &gamlp_pd_layer_at(block, number)->b;
    if (number < 2 || number >= block->layers)
        return gamlp_fail(GAMLP_E_USAGE, "layer %lld of %lld is not a hidden one",
                          (long long)number, (long long)block->layers);
    memset(w->data, 0, (size_t)(w->rows * w->cols) * sizeof *w->data);
    memset(b->data, 0, (size_t)b->rows * sizeof *b->data);
    for (int64_t i = 0; i < w->rows && i < w->cols; i++) w->data[i + i * w->rows] = 1;
    return GAMLP_OK;
}

void gamlp_pdadmm_resume(gamlp_pdadmm *block, int64_t iteration, const gamlp_figures *figures,
                         bool comparable) {
    block->iteration = iteration;
    block->figures = figures ? *figures : (gamlp_figures){0};
    block->comparable = comparable;
    block->steady = false; /* the figures of the layers are not there */
    block->followed = true;
    block->held = false;
    block->below_rho = block->options.rho;
    for (int64_t l = block->first > 1 ? block->first : 2; l <= block->last; l++)
        gamlp_pd_couple(block, gamlp_pd_layer_at(block, l));
}

bool gamlp_pdadmm_comparable(const gamlp_pdadmm *block) {
    return block->comparable;
}
