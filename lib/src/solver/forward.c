/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The net (W, b): scores, remembered weights, export. */
#include <string.h>

#include "core/past.h"
#include "core/team.h"
#include "gamlp/alloc.h"
#include "gamlp/threads.h"
#include "matrix/blas.h"
#include "model/activate.h"
#include "model/score.h"
#include "solver/block.h"

/* Nodes to be scored for each training column from which on an iteration by one thread takes no
 * longer than the score by another. */
enum { LEAST_SCORED = 3 };

/* z <- f(A B + beta base + b 1'), f NULL: without it. */
static void multiply_pairs(gamlp_dense *z, const gamlp_dense *a, const gamlp_pairs *b,
                           gamlp_real beta, const gamlp_dense *base, const gamlp_dense *bias,
                           const gamlp_activation *f) {
    const gamlp_pairs_end end = {bias->data, f != NULL};
    const bool whole = !f || f->kind == GAMLP_RELU;
    gamlp_pairs_multiply(z, a, b, beta, base, whole ? &end : NULL);
    if (!whole) gamlp_activate_bias(z, bias, f);
}

/* Whether a set is scored by both layers at once: those of a whole net that has not grown. */
static bool scores_at_once(const gamlp_pdadmm *block, int64_t index) {
    return block->layers == 2 && index >= 0 && block->input.net[index].base;
}

static void score_strip(void *slab, int64_t i, gamlp_real *z) {
    gamlp_slab_run_by_class(slab, i, z, GAMLP_PAIRS_NODES);
}

static void store_strip(void *logits, int64_t i, gamlp_real *z) {
    const gamlp_dense *to = logits;
    const int64_t first = i * GAMLP_PAIRS_NODES, rest = to->cols - first;
    gamlp_real *next = to->data + first * to->rows;
    for (int64_t j = 0; j < GAMLP_PAIRS_NODES && j < rest; j++)
        for (int64_t c = 0; c < to->rows; c++) *next++ = z[c * GAMLP_PAIRS_NODES + j];
}

/* The layers as they are, or with `held` as they were put aside. */
static gamlp_pairs_layers layers_of(const gamlp_pdadmm *block, bool held) {
    const gamlp_pd_layer *first = gamlp_pd_layer_at(block, 1), *last = gamlp_pd_layer_at(block, 2);
    const gamlp_pd_input *input = &block->input;
    if (held)
        return (gamlp_pairs_layers){&input->held_b, &first->held_b, &last->held_w, &last->held_b,
                                    (gamlp_real)input->held_a};
    return (gamlp_pairs_layers){&input->b, &first->b, &last->w, &last->b, (gamlp_real)input->a};
}

/* Of a set whose strips are scored where their logits are made. */
static void begin_slab(gamlp_slab *slab, const gamlp_pdadmm *block, int64_t index) {
    gamlp_slab_init(slab, NULL, gamlp_problem_label(block->problem, index), block->problem->classes,
                    gamlp_problem_columns(block->problem, index), GAMLP_PAIRS_NODES);
}

/* The logits are scored where they are made, if they are no more than a slab. */
static gamlp_score score_at_once(gamlp_pdadmm *block, int64_t index) {
    const gamlp_pairs_layers layers = layers_of(block, false);
    const int64_t classes = block->problem->classes;
    const int64_t columns = gamlp_problem_columns(block->problem, index);
    const int32_t *label = gamlp_problem_label(block->problem, index);
    gamlp_dense z = {classes, columns, block->forward[0].data, true};
    gamlp_slab slab;
    if (columns > GAMLP_SLAB) {
        gamlp_pairs_net_score(&block->input.net[index], &layers, store_strip, &z);
        return gamlp_score_of(&z, label);
    }
    begin_slab(&slab, block, index);
    gamlp_pairs_net_score(&block->input.net[index], &layers, score_strip, &slab);
    return gamlp_slab_score(&slab);
}

/* z_1 of a set in Gram form: a W_1^0 X_set + B X'X_set + b 1'. */
static void forward_gram(gamlp_dense *z, const gamlp_pdadmm *block, int64_t index,
                         const gamlp_dense *bias, const gamlp_activation *f) {
    const gamlp_pd_input *input = &block->input;
    if (index >= 0 && input->sorted[index].tile) {
        multiply_pairs(z, &input->b, &input->sorted[index], (gamlp_real)input->a,
                       &input->base_watched[index], bias, f);
        return;
    }
    gamlp_pd_gram_product(z, block, index);
    gamlp_activate_bias(z, bias, f);
}

static gamlp_status forward_input(gamlp_dense *z, const gamlp_pdadmm *block, int64_t index,
                                  const gamlp_activation *f) {
    const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, 1);
    const gamlp_problem *problem = block->problem;
    gamlp_status status = GAMLP_OK;
    if (gamlp_pd_is_gram(block, layer)) {
        forward_gram(z, block, index, &layer->b, f);
        return GAMLP_OK;
    }
    GAMLP_TRY(
        gamlp_stack_multiply(z, &layer->w, index < 0 ? problem->x : problem->watched[index].x));
    gamlp_activate_bias(z, &layer->b, f);
done:
    return status;
}

static void forward_layer(gamlp_dense *z, gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                          const gamlp_dense *p, const gamlp_activation *f) {
    if (gamlp_pairs_pay(layer->out, p->cols, layer->in)) {
        gamlp_pairs_sort(&block->pairs, p);
        multiply_pairs(z, &layer->w, &block->pairs, 0, NULL, &layer->b, f);
        return;
    }
    if (block->layers == 2 && gamlp_pairs_thin_pays(layer->out)) /* as score_at_once(): same bits */
        gamlp_pairs_thin(z, &layer->w, p);
    else
        gamlp_blas_multiply(z, 1, GAMLP_PLAIN, &layer->w, GAMLP_PLAIN, p, 0);
    gamlp_activate_bias(z, &layer->b, f);
}

static gamlp_status check_whole(const gamlp_pdadmm *block) {
    if (block->first == 1 && block->last == block->layers) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "only a whole net can be exported");
}

static gamlp_address scored(const gamlp_pdadmm *block, int64_t layer) {
    return (gamlp_address){GAMLP_TENSOR_SCORED, layer, block->evaluations};
}

/* f(z_l) of the last layer of this block for the columns of a set; the logits when it is L. */
static gamlp_status forward(gamlp_dense *z, gamlp_pdadmm *block, int64_t index) {
    int64_t columns = gamlp_problem_columns(block->problem, index), in = 0;
    gamlp_status status = GAMLP_OK;
    int side = 0;
    if (block->first > 1) {
        in = gamlp_pd_layer_at(block, block->first)->in;
        *z = (gamlp_dense){in, columns, block->forward[1].data, true};
        gamlp_pd_note(block, GAMLP_PHASE_RECEIVE, block->first - 1);
        GAMLP_TRY(
            block->exchange.recv(z, block->exchange.context, scored(block, block->first - 1)));
        gamlp_pd_note(block, GAMLP_PHASE_SCORE, block->first);
    }
    for (int64_t l = block->first; l <= block->last; l++, side = 1 - side) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        gamlp_dense next = {layer->out, columns, block->forward[side].data, true};
        const gamlp_activation *f = l < block->layers ? &block->options.activation : NULL;
        if (l == 1)
            GAMLP_TRY(forward_input(&next, block, index, f));
        else
            forward_layer(&next, block, layer, z, f);
        *z = next;
    }
done:
    return status;
}

gamlp_status gamlp_pdadmm_score(gamlp_score *score, gamlp_pdadmm *block, int64_t index) {
    gamlp_dense z = {0};
    gamlp_status status = GAMLP_OK;
    *score = (gamlp_score){0};
    if (index < -1 || index >= block->watched)
        return gamlp_fail(GAMLP_E_USAGE,
                          "set %lld is not one of the %lld watched when the net began",
                          (long long)index, (long long)block->watched);
    GAMLP_TRY(gamlp_pd_follow_below(block));
    block->evaluations++;
    gamlp_pd_note(block, GAMLP_PHASE_SCORE, block->first);
    if (scores_at_once(block, index)) {
        *score = score_at_once(block, index);
        return GAMLP_OK;
    }
    GAMLP_TRY(forward(&z, block, index));
    if (block->last < block->layers)
        status = block->exchange.send(block->exchange.context, scored(block, block->last), &z);
    else
        *score = gamlp_score_of(&z, gamlp_problem_label(block->problem, index));
done:
    return status;
}

static void copy(gamlp_dense *out, const gamlp_dense *in) {
    if (in->data) memcpy(out->data, in->data, (size_t)(in->rows * in->cols) * sizeof *in->data);
}

/* W_1 = a W_1^0 + B X', with W_1^0 drawn again or that of a model. */
static gamlp_status export_input(gamlp_dense *weight, const gamlp_pdadmm *block) {
    if (block->input.first.data)
        copy(weight, &block->input.first);
    else
        gamlp_init_weight(weight, block->init, block->init_scale, block->seed, 1);
    return gamlp_stack_multiply_transposed(weight, 1, &block->input.b, block->problem->x,
                                           (gamlp_real)block->input.a);
}

void gamlp_pdadmm_keep(gamlp_pdadmm *block) {
    block->kept = true;
    block->input.kept_a = block->input.a;
    block->input.kept_square = gamlp_pd_layer_at(block, block->first)->weight_square;
    copy(&block->input.kept_b, &block->input.b);
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        copy(&layer->kept_w, &layer->w);
        copy(&layer->kept_b, &layer->b);
    }
}

/* The same where another thread has read `out` and will again: past the caches, so that none of its
 * lines is asked back first. */
static void copy_past(gamlp_dense *out, const gamlp_dense *in) {
    enum { LINE = 64 };
    if (!in->data || (uintptr_t)out->data % LINE != 0) {
        copy(out, in);
        return;
    }
    const size_t bytes = (size_t)(in->rows * in->cols) * sizeof *in->data;
    const size_t whole = bytes / LINE * LINE, numbers = whole / sizeof *in->data;
    gamlp_past_store(out->data, in->data, whole);
    memcpy(out->data + numbers, in->data + numbers, bytes - whole);
    gamlp_past_end();
}

gamlp_status gamlp_pdadmm_hold(gamlp_pdadmm *block) {
    if (!block->hold) return gamlp_fail(GAMLP_E_USAGE, "the plan of this block holds no weights");
    block->input.held_a = block->input.a;
    block->input.held_square = gamlp_pd_layer_at(block, block->first)->weight_square;
    copy_past(&block->input.held_b, &block->input.b);
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        copy(&layer->held_w, &layer->w);
        copy(&layer->held_b, &layer->b);
    }
    block->held = true;
    return GAMLP_OK;
}

bool gamlp_pd_can_overlap(const gamlp_pdadmm *block, int64_t index) {
    if (!block->hold || index >= block->watched || !scores_at_once(block, index)) return false;
    const int64_t columns = gamlp_problem_columns(block->problem, index);
    return gamlp_threads_here() == 2 && columns <= GAMLP_SLAB &&
           columns >= LEAST_SCORED * block->columns &&
           gamlp_pairs_net_has_ends(&block->input.net[index]);
}

typedef struct overlap {
    gamlp_pdadmm *block;
    gamlp_pairs_net *net;
    gamlp_pairs_layers layers;
    gamlp_slab slab;
    gamlp_status status;
} overlap;

/* Who has iterated helps the other. */
static void overlap_chunk(void *context, int64_t chunk) {
    overlap *o = context;
    if (chunk == 0) o->status = gamlp_pdadmm_iterate(o->block);
    gamlp_pairs_net_take(o->net, &o->layers, score_strip, &o->slab, chunk == 0);
}

gamlp_status gamlp_pd_overlap(gamlp_score *score, gamlp_pdadmm *block, int64_t index) {
    overlap o;
    gamlp_status status = gamlp_pdadmm_hold(block);
    *score = (gamlp_score){0};
    if (status != GAMLP_OK) return status;
    block->evaluations++;
    o.block = block; /* the slab is not cleared */
    o.net = &block->input.net[index];
    o.layers = layers_of(block, true);
    begin_slab(&o.slab, block, index);
    gamlp_pairs_net_begin(o.net);
    gamlp_parallel(2, overlap_chunk, &o);
    *score = gamlp_slab_score(&o.slab);
    return o.status;
}

static void swap(gamlp_dense *a, gamlp_dense *b) {
    gamlp_dense c = *a;
    *a = *b;
    *b = c;
}

gamlp_status gamlp_pdadmm_keep_held(gamlp_pdadmm *block) {
    if (!block->held) return gamlp_fail(GAMLP_E_USAGE, "no weights have been put aside");
    block->kept = true;
    block->held = false;
    block->input.kept_a = block->input.held_a;
    block->input.kept_square = block->input.held_square;
    swap(&block->input.kept_b, &block->input.held_b);
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        swap(&layer->kept_w, &layer->held_w);
        swap(&layer->kept_b, &layer->held_b);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_pdadmm_restore(gamlp_pdadmm *block) {
    if (!block->kept) return gamlp_fail(GAMLP_E_USAGE, "no weights have been remembered");
    block->input.a = block->input.kept_a;
    if (block->first == 1) gamlp_pd_layer_at(block, 1)->weight_square = block->input.kept_square;
    copy(&block->input.b, &block->input.kept_b);
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        copy(&layer->w, &layer->kept_w);
        copy(&layer->b, &layer->kept_b);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_pdadmm_export_layer(gamlp_layer *out, const gamlp_pdadmm *block,
                                       int64_t number) {
    const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, number);
    copy(&out->bias, &layer->b);
    if (gamlp_pd_is_gram(block, layer)) return export_input(&out->weight, block);
    copy(&out->weight, &layer->w);
    return GAMLP_OK;
}

gamlp_status gamlp_pdadmm_export(gamlp_model *model, const gamlp_pdadmm *block) {
    int64_t *width = NULL;
    gamlp_status status = GAMLP_OK;
    *model = (gamlp_model){0};
    GAMLP_TRY(check_whole(block));
    GAMLP_TRY(gamlp_new(&width, block->layers + 1, sizeof *width, "layer widths"));
    for (int64_t l = 1; l <= block->layers; l++) {
        width[l - 1] = gamlp_pd_layer_at(block, l)->in;
        width[l] = gamlp_pd_layer_at(block, l)->out;
    }
    GAMLP_TRY(gamlp_model_init(model, block->layers, width));
    model->activation = block->options.activation;
    for (int64_t l = 1; l <= block->layers; l++)
        GAMLP_TRY(gamlp_pdadmm_export_layer(&model->layer[l - 1], block, l));
done:
    gamlp_free(width);
    if (status != GAMLP_OK) gamlp_model_clear(model);
    return status;
}
