/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matrix/pairs_net.h"

#include "gamlp/alloc.h"
#include "matrix/pairs_kernel.h"

#ifdef GAMLP_PAIRS
#include <stdatomic.h>
#include <string.h>

#include "gamlp/threads.h"
#include "matrix/blas.h"
#endif

_Static_assert((int)STRIP == (int)GAMLP_PAIRS_NODES, "nodes that have their logits together");

enum { CLASSES = 16 }; /* of one vector */

bool gamlp_pairs_thin_pays(int64_t classes) {
    return classes <= CLASSES && gamlp_pairs_has_adders();
}

bool gamlp_pairs_net_pays(int64_t units, int64_t nodes, int64_t terms, int64_t classes) {
    return terms <= BLOCK && gamlp_pairs_thin_pays(classes) &&
           gamlp_pairs_pay(units, nodes, terms) &&
           8 * STRIP * pieces(nodes, STRIP) <= 9 * nodes; /* here strips are of nodes */
}

#ifdef GAMLP_PAIRS
enum {
    HALVES = 2, /* of the units, whose logits are summed each for itself, and then added          */
    SIDE = 5,   /* tiles that are sorted at a time, so that their sums do not wait for each other */
    NODES = 12, /* that are multiplied at a time by a thin factor, likewise                       */
    TILE_MASK = (1 << TILE) - 1
};

/* Tiles of the first half, which has those that the second may lack. */
static int64_t half_tiles(int64_t units) {
    return pieces(pieces(units, TILE), HALVES);
}

/* Numbers of a tile of a copy: its terms, its own sums and exponents. */
static int64_t tile_size(const gamlp_pairs_net *net) {
    return pieces((net->terms + 2) * TILE + VECTOR - TILE, VECTOR) * VECTOR;
}

static int64_t sides(const gamlp_pairs_net *net) {
    return pieces(half_tiles(net->units), SIDE);
}

static int64_t copy_size(const gamlp_pairs_net *net) {
    return sides(net) * SIDE * tile_size(net);
}

gamlp_status gamlp_pairs_net_init(gamlp_pairs_net *net, int64_t units, int64_t terms,
                                  int64_t nodes) {
    const int64_t strips = pieces(nodes, STRIP), threads = gamlp_threads_get();
    strip *s = NULL;
    atomic_int *passes = NULL;
    gamlp_status status = GAMLP_OK;
    *net = (gamlp_pairs_net){.units = units, .terms = terms, .nodes = nodes};
    net->copies = smaller(threads, HALVES * strips);
    GAMLP_TRY(gamlp_new_raw(&s, strips, sizeof *s, "a factor of a product"));
    net->strip = s;
    GAMLP_TRY(gamlp_new(&passes, strips + 1, sizeof *passes, "a factor of a product"));
    net->passes = passes;
    GAMLP_TRY(gamlp_new_raw(&net->base, strips * pieces(units, TILE) * TILE * STRIP,
                            sizeof *net->base, "a layer's part that stays"));
    GAMLP_TRY(gamlp_new_raw(&net->b, net->copies * copy_size(net), sizeof *net->b,
                            "a factor of a product"));
    GAMLP_TRY(gamlp_new_raw(&net->z, strips * HALVES * CLASSES * STRIP, sizeof *net->z, "logits"));
done:
    if (status != GAMLP_OK) gamlp_pairs_net_clear(net);
    return status;
}

void gamlp_pairs_net_clear(gamlp_pairs_net *net) {
    gamlp_free(net->strip);
    gamlp_free(net->passes);
    gamlp_free(net->base);
    gamlp_free(net->b);
    gamlp_free(net->z);
    *net = (gamlp_pairs_net){0};
}

typedef struct sorting {
    gamlp_pairs_net *net;
    const gamlp_dense *g, *base;
} sorting;

static void sort_nodes(void *context, int64_t i) {
    const sorting *job = context;
    const gamlp_pairs_net *net = job->net;
    const int64_t first = i * STRIP, tiles = pieces(net->units, TILE);
    strip *s = (strip *)net->strip + i;
    gamlp_real turned[BLOCK * STRIP];
    const gamlp_dense rows = {STRIP, net->terms, turned, true};
    s->row = 0;
    s->rows = smaller(STRIP, net->nodes - first);
    s->terms = net->terms;
    mask_strip(s);
    for (int64_t k = 0; k < net->terms; k++)
        for (int64_t r = 0; r < STRIP; r++)
            turned[r + k * STRIP] = r < s->rows ? job->g->data[k + (first + r) * net->terms] : 0;
    sort_strip(s, &rows, 0);
    gamlp_real *to = net->base + i * tiles * TILE * STRIP;
    for (int64_t u = 0; u < tiles * TILE; u++)
        for (int64_t r = 0; r < STRIP; r++)
            *to++ =
                u < net->units && r < s->rows ? job->base->data[u + (first + r) * net->units] : 0;
}

void gamlp_pairs_net_sort(gamlp_pairs_net *net, const gamlp_dense *g, const gamlp_dense *base) {
    sorting job = {net, g, base};
    gamlp_parallel(pieces(net->nodes, STRIP), sort_nodes, &job);
}

/* Rows of B as the columns of a tile. */
typedef struct side {
    const gamlp_real *from;
    gamlp_real *tile;
    __mmask16 mask; /* the rows there are */
} side;

KERNEL_PART __m512 row_of(const side *s, int64_t k, int64_t units) {
    return _mm512_maskz_loadu_ps(s->mask, s->from + k * units);
}

KERNEL static void sort_rare_side(const side *s, const gamlp_pairs_net *net, __m512 square) {
    const vectors columns = {s->tile, TILE, net->terms, TILE_MASK};
    gamlp_real *const own = s->tile + net->terms * TILE;
    for (int64_t k = 0; k < net->terms; k++)
        _mm512_mask_storeu_ps(s->tile + k * TILE, TILE_MASK, row_of(s, k, net->units));
    _mm512_mask_storeu_ps(own + TILE, TILE_MASK, divide_rare(&columns, square));
    _mm512_mask_storeu_ps(own, TILE_MASK, own_sums(&columns));
}

/* Some tiles of `net->units` rows of B from the one at `row` on, to `tile` and behind it. */
KERNEL static void sort_sides(const gamlp_pairs_net *net, const gamlp_dense *b, gamlp_real *tile,
                              int64_t row, int64_t end) {
    side s[SIDE];
    __m512 square[SIDE], own[SIDE], by[SIDE];
    __mmask16 all = 0xFFFF;
    int64_t k = 0;
    for (int i = 0; i < SIDE; i++, row += TILE, tile += tile_size(net)) {
        const int64_t rows = smaller(TILE, end - row);
        s[i].mask = (__mmask16)(rows > 0 ? (1 << rows) - 1 : 0);
        s[i].from = b->data + (rows > 0 ? row : 0);
        s[i].tile = tile;
        square[i] = own[i] = _mm512_setzero_ps();
    }
    for (; k < net->terms; k++) UNROLLED for (int i = 0; i < SIDE; i++) {
            const __m512 x = row_of(&s[i], k, net->units);
            square[i] = _mm512_fmadd_ps(x, x, square[i]);
        }
    for (int i = 0; i < SIDE; i++) { /* rows that there are not count as ones */
        square[i] = _mm512_mask_blend_ps(s[i].mask, _mm512_set1_ps(1), square[i]);
        all &= usual(square[i]);
    }
    if (all != 0xFFFF) {
        for (int i = 0; i < SIDE; i++) sort_rare_side(&s[i], net, square[i]);
        return;
    }
    for (int i = 0; i < SIDE; i++)
        by[i] = _mm512_scalef_ps(_mm512_set1_ps(1), inverse(halves(square[i])));
    for (k = 0; k + 3 <= net->terms; k += 3) UNROLLED for (int i = 0; i < SIDE; i++) {
            __m512 x[3];
            UNROLLED for (int j = 0; j < 3; j++) { /* what is too much is written over next */
                x[j] = _mm512_mul_ps(row_of(&s[i], k + j, net->units), by[i]);
                _mm512_storeu_ps(s[i].tile + (k + j) * TILE, x[j]);
            }
            own[i] = _mm512_fnmadd_ps(x[0], x[1], own[i]);
        }
    for (; k < net->terms; k++)
        for (int i = 0; i < SIDE; i++)
            _mm512_storeu_ps(s[i].tile + k * TILE,
                             _mm512_mul_ps(row_of(&s[i], k, net->units), by[i]));
    for (int i = 0; i < SIDE; i++) {
        _mm512_storeu_ps(s[i].tile + net->terms * TILE, own[i]);
        _mm512_storeu_ps(s[i].tile + (net->terms + 1) * TILE, halves(square[i]));
    }
}

/* The hidden units of a tile from its sums, for a vector of the nodes of a strip. */
KERNEL_PART void make_units(__m512 h[TILE], __m512 node, const gamlp_real *exponent,
                            const gamlp_real *base, gamlp_real beta, const gamlp_real *bias,
                            int64_t units) {
    const __m512 by = _mm512_set1_ps(beta), zero = _mm512_setzero_ps();
    UNROLLED for (int j = 0; j < TILE; j++) {
        if (j >= units) continue;
        const __m512 e = _mm512_add_ps(node, _mm512_set1_ps(exponent[j]));
        __m512 x = _mm512_scalef_ps(h[j], e);
        x = _mm512_fmadd_ps(by, _mm512_loadu_ps(base + j * STRIP), x);
        h[j] = _mm512_max_ps(zero, _mm512_add_ps(x, _mm512_set1_ps(bias[j]))); /* NaN stays */
    }
}

/* z += w h' of some units, for a vector of nodes, `count` classes from the one at w on. */
KERNEL_PART void add_units(gamlp_real *z, const __m512 h[TILE], const gamlp_real *w,
                           int64_t classes, int64_t units, const int count) {
    __m512 sum[8];
    UNROLLED for (int c = 0; c < count; c++) sum[c] = _mm512_load_ps(z + c * STRIP);
    UNROLLED for (int j = 0; j < TILE; j++) {
        if (j >= units) continue;
        UNROLLED for (int c = 0; c < count; c++) sum[c] =
            _mm512_fmadd_ps(_mm512_set1_ps(w[j * classes + c]), h[j], sum[c]);
    }
    UNROLLED for (int c = 0; c < count; c++) _mm512_store_ps(z + c * STRIP, sum[c]);
}

KERNEL_PART void add_tile(gamlp_real *z, const __m512 h[TILE], const gamlp_real *w, int64_t classes,
                          int64_t units) {
    int64_t c = 0;
    for (; c + 7 <= classes; c += 7) add_units(z + c * STRIP, h, w + c, classes, units, 7);
    for (; c + 3 <= classes; c += 3) add_units(z + c * STRIP, h, w + c, classes, units, 3);
    for (; c < classes; c++) add_units(z + c * STRIP, h, w + c, classes, units, 1);
}

typedef struct scoring {
    const gamlp_pairs_net *net;
    const gamlp_pairs_layers *layers;
    gamlp_pairs_ready ready;
    void *context;
    int64_t copies;
} scoring;

/* What the logits of a strip have from a half of the units. */
static gamlp_real *logits_of(const gamlp_pairs_net *net, int64_t i, int64_t half) {
    return net->z + (i * HALVES + half) * CLASSES * STRIP;
}

KERNEL static void score_half(const scoring *job, const gamlp_real *tile, int64_t i, int64_t half) {
    const gamlp_pairs_net *net = job->net;
    const gamlp_pairs_layers *l = job->layers;
    const strip *s = (const strip *)net->strip + i;
    const int64_t classes = l->w_2->rows, tiles = pieces(net->units, TILE);
    const int64_t most = half_tiles(net->units), end = smaller((half + 1) * most, tiles);
    gamlp_real *z = logits_of(net, i, half);
    __m512 low[TILE], high[TILE];
    memset(z, 0, (size_t)(classes * STRIP) * sizeof *z);
    for (int64_t t = half * most; t < end; t++, tile += tile_size(net)) {
        const int64_t units = smaller(TILE, net->units - t * TILE);
        const gamlp_real *own = tile + net->terms * TILE, *exponent = own + TILE;
        const gamlp_real *base = net->base + (i * tiles + t) * TILE * STRIP;
        const gamlp_real *bias = l->bias_1->data + t * TILE, *w = l->w_2->data + t * TILE * classes;
        sum_tile(low, high, s, tile, TILE, own);
        make_units(low, s->exponent[0], exponent, base, l->beta, bias, units);
        add_tile(z, low, w, classes, units);
        make_units(high, s->exponent[1], exponent, base + VECTOR, l->beta, bias, units);
        add_tile(z + VECTOR, high, w, classes, units);
    }
}

/* Those of both, in the place of the first. */
KERNEL static void add_halves(const scoring *job, int64_t i) {
    gamlp_real *a = logits_of(job->net, i, 0), *b = logits_of(job->net, i, 1);
    for (int64_t k = 0; k < job->layers->w_2->rows * STRIP; k += VECTOR) {
        const __m512 both = _mm512_add_ps(_mm512_load_ps(a + k), _mm512_load_ps(b + k));
        const __m512 bias = _mm512_set1_ps(job->layers->bias_2->data[k / STRIP]);
        _mm512_store_ps(a + k, _mm512_add_ps(both, bias));
    }
}

/* A thread's copy of the rows of B, and the half of the units that it holds; -1: none yet. */
typedef struct copy {
    gamlp_real *tile;
    int64_t half;
} copy;

static copy copy_of(const gamlp_pairs_net *net, int64_t i) {
    return (copy){net->b + i * copy_size(net), -1};
}

/* Turn k of all: a strip and a half of the units, with the rows of B sorted that it takes.  One
 * half begins with the first nodes, the other, from the last turn on, too, and who comes second to
 * some nodes adds both up. */
static void score_turn(const scoring *job, copy *own, int64_t k) {
    const gamlp_pairs_net *net = job->net;
    const int64_t strips = pieces(net->nodes, STRIP);
    const int64_t half = k / strips, i = half == 0 ? k : HALVES * strips - 1 - k;
    const int64_t most = half_tiles(net->units) * TILE;
    atomic_int *passes = net->passes;
    for (int64_t g = 0; half != own->half && g < sides(net); g++)
        sort_sides(net, job->layers->b, own->tile + g * SIDE * tile_size(net),
                   half * most + g * SIDE * TILE, smaller((half + 1) * most, net->units));
    own->half = half;
    score_half(job, own->tile, i, half);
    if (atomic_fetch_add(&passes[i], 1) % HALVES == 0) return; /* orders the other's stores */
    add_halves(job, i);
    job->ready(job->context, i, logits_of(net, i, 0));
}

static void score_part(void *context, int64_t part) {
    const scoring *job = context;
    const int64_t count = HALVES * pieces(job->net->nodes, STRIP);
    copy own = copy_of(job->net, part);
    for (int64_t k = count * part / job->copies; k < count * (part + 1) / job->copies; k++)
        score_turn(job, &own, k);
}

static void count_work(const gamlp_pairs_net *net, const gamlp_pairs_layers *layers) {
    gamlp_blas_count(2 * net->nodes * net->units * (net->terms + layers->w_2->rows));
}

void gamlp_pairs_net_score(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                           gamlp_pairs_ready ready, void *context) {
    scoring job = {net, layers, ready, context, smaller(net->copies, gamlp_threads_get())};
    count_work(net, layers);
    gamlp_parallel(job.copies, score_part, &job);
}

bool gamlp_pairs_net_has_ends(const gamlp_pairs_net *net) {
    return net->copies >= 2;
}

void gamlp_pairs_net_begin(gamlp_pairs_net *net) {
    atomic_int *passes = net->passes;
    atomic_store(&passes[pieces(net->nodes, STRIP)], 0);
}

void gamlp_pairs_net_take(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                          gamlp_pairs_ready ready, void *context, int end) {
    const scoring job = {net, layers, ready, context, 2};
    const int64_t strips = pieces(net->nodes, STRIP), count = HALVES * strips;
    atomic_int *taken = (atomic_int *)net->passes + strips;
    copy own = copy_of(net, end);
    if (end == 0) count_work(net, layers);
    for (int64_t turn = 0; atomic_fetch_add(taken, 1) < count; turn++)
        score_turn(&job, &own, end == 0 ? turn : count - 1 - turn);
}

typedef struct thin {
    gamlp_dense *z;
    const gamlp_dense *w, *h;
} thin;

KERNEL static void thin_nodes(void *context, int64_t chunk) {
    const thin *t = context;
    const int64_t classes = t->w->rows, units = t->w->cols, first = chunk * NODES;
    const int64_t half = half_tiles(units) * TILE;
    const int64_t nodes = smaller(NODES, t->h->cols - first);
    const __mmask16 mask = (__mmask16)((1 << classes) - 1);
    const gamlp_real *h[NODES];
    gamlp_real number[VECTOR] __attribute__((aligned(LINE)));
    __m512 z[NODES], sum[NODES];
    _Pragma("GCC unroll 12") for (int j = 0; j < NODES; j++) {
        h[j] = t->h->data + (first + smaller(j, nodes - 1)) * units;
        z[j] = sum[j] = _mm512_setzero_ps();
    }
    for (int64_t u = 0; u < units; u++) {
        const __m512 w = _mm512_maskz_loadu_ps(mask, t->w->data + u * classes);
        if (u == half) {
            _Pragma("GCC unroll 12") for (int j = 0; j < NODES; j++) {
                sum[j] = z[j];
                z[j] = _mm512_setzero_ps();
            }
        }
        _Pragma("GCC unroll 12") for (int j = 0; j < NODES; j++) z[j] =
            _mm512_fmadd_ps(w, _mm512_set1_ps(h[j][u]), z[j]);
    }
    _Pragma("GCC unroll 12") for (int j = 0; j < NODES; j++) {
        if (j >= nodes) continue;
        _mm512_store_ps(number, _mm512_add_ps(sum[j], z[j]));
        memcpy(t->z->data + (first + j) * classes, number, (size_t)classes * sizeof *number);
    }
}

void gamlp_pairs_thin(gamlp_dense *z, const gamlp_dense *w, const gamlp_dense *h) {
    thin job = {z, w, h};
    gamlp_blas_count(2 * w->rows * w->cols * h->cols);
    gamlp_parallel(pieces(h->cols, NODES), thin_nodes, &job);
}
#else
gamlp_status gamlp_pairs_net_init(gamlp_pairs_net *net, int64_t units, int64_t terms,
                                  int64_t nodes) {
    *net = (gamlp_pairs_net){.units = units, .terms = terms, .nodes = nodes};
    return GAMLP_OK; /* never called, as all below: it does not pay */
}

void gamlp_pairs_net_clear(gamlp_pairs_net *net) {
    *net = (gamlp_pairs_net){0};
}

void gamlp_pairs_net_sort(gamlp_pairs_net *net, const gamlp_dense *g, const gamlp_dense *base) {
    (void)net;
    (void)g;
    (void)base;
}

void gamlp_pairs_net_score(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                           gamlp_pairs_ready ready, void *context) {
    (void)net;
    (void)layers;
    (void)ready;
    (void)context;
}

bool gamlp_pairs_net_has_ends(const gamlp_pairs_net *net) {
    (void)net;
    return false;
}

void gamlp_pairs_net_begin(gamlp_pairs_net *net) {
    (void)net;
}

void gamlp_pairs_net_take(gamlp_pairs_net *net, const gamlp_pairs_layers *layers,
                          gamlp_pairs_ready ready, void *context, int end) {
    (void)end;
    gamlp_pairs_net_score(net, layers, ready, context);
}

void gamlp_pairs_thin(gamlp_dense *z, const gamlp_dense *w, const gamlp_dense *h) {
    (void)z;
    (void)w;
    (void)h;
}
#endif
