/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and weights of a block of layers. */
#include "solver/block.h"

#include <string.h>

#include "gamlp/alloc.h"
#include "matrix/blas.h"
#include "solver/input.h"
#include "solver/kernels.h"
#include "solver/sweep.h"
#include "solver/thin.h"

void gamlp_pd_note(const gamlp_pdadmm *block, gamlp_phase phase, int64_t layer) {
    const gamlp_observer *o = &block->observer;
    if (o->note) o->note(o->context, phase, layer, block->iteration + 1);
}

gamlp_status gamlp_pd_reclaim(const gamlp_pdadmm *block, gamlp_tensor kind, bool keep) {
    const gamlp_exchange *e = &block->exchange;
    bool below = kind == GAMLP_TENSOR_P;
    if (!e->reclaim || (below ? block->first == 1 : block->last == block->layers)) return GAMLP_OK;
    gamlp_pd_layer *layer = gamlp_pd_layer_at(block, below ? block->first : block->last);
    return e->reclaim(below ? &layer->p : &layer->q, e->context, kind, keep);
}

gamlp_pd_layer *gamlp_pd_layer_at(const gamlp_pdadmm *block, int64_t number) {
    return &block->layer[number - block->first];
}

bool gamlp_pd_is_gram(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    return layer->number == 1 && block->problem->uses_gram && !gamlp_pd_omega(block, 1);
}

bool gamlp_pd_steps_by_gram(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    if (layer->number == 1) return gamlp_pd_is_gram(block, layer);
    return block->columns * (layer->in + layer->out) < layer->in * layer->out;
}

void gamlp_pd_layer_clear(gamlp_pd_layer *layer) {
    gamlp_dense *part[] = {&layer->p,      &layer->w,      &layer->b,      &layer->z,
                           &layer->q,      &layer->u,      &layer->m,      &layer->r,
                           &layer->kept_w, &layer->kept_b, &layer->held_w, &layer->held_b,
                           &layer->g,      &layer->next};
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) gamlp_dense_clear(part[i]);
    *layer = (gamlp_pd_layer){0};
}

gamlp_status gamlp_pd_layer_init(gamlp_pd_layer *layer, const gamlp_pdadmm *block, int64_t number,
                                 int64_t in, int64_t out) {
    int64_t n = block->columns;
    gamlp_status status = GAMLP_OK;
    *layer = (gamlp_pd_layer){.number = number, .in = in, .out = out};
    if (number > 1) {
        GAMLP_TRY(gamlp_dense_init(&layer->p, in, n));
        GAMLP_TRY(gamlp_dense_init(&layer->g, in, n));
        if (block->options.quantise && gamlp_thin_serves(layer))
            GAMLP_TRY(gamlp_dense_init(&layer->next, in, n));
    }
    if (!gamlp_pd_is_gram(block, layer)) {
        GAMLP_TRY(gamlp_dense_init(&layer->w, out, in));
        GAMLP_TRY(gamlp_dense_init(&layer->kept_w, out, in));
        if (block->hold) GAMLP_TRY(gamlp_dense_init(&layer->held_w, out, in));
    }
    GAMLP_TRY(gamlp_dense_init(&layer->b, out, 1));
    GAMLP_TRY(gamlp_dense_init(&layer->kept_b, out, 1));
    if (block->hold) GAMLP_TRY(gamlp_dense_init(&layer->held_b, out, 1));
    GAMLP_TRY(gamlp_dense_init(&layer->z, out, n));
    GAMLP_TRY(gamlp_dense_init(&layer->m, out, n));
    GAMLP_TRY(gamlp_dense_init(&layer->r, out, n));
    if (number < block->layers && !block->sequential) {
        GAMLP_TRY(gamlp_dense_init(&layer->q, out, n));
        GAMLP_TRY(gamlp_dense_init(&layer->u, out, n));
    }
done:
    if (status != GAMLP_OK) gamlp_pd_layer_clear(layer);
    return status;
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Room for what layers score by pairs, of at most so many columns. */
static gamlp_status init_pairs(gamlp_pdadmm *block, int64_t columns) {
    int64_t rows = 0;
    for (int64_t l = larger(block->first, 2); l <= block->last; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        if (gamlp_pairs_pay(layer->out, columns, layer->in)) rows = larger(rows, layer->in);
    }
    return gamlp_pairs_init(&block->pairs, rows, columns);
}

gamlp_status gamlp_pd_scratch_init(gamlp_pdadmm *block) {
    int64_t pass = 1, columns = block->columns, wide = columns;
    for (int64_t l = block->first; l <= block->last; l++) {
        const gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        pass = larger(pass, l > 1 ? larger(layer->in, layer->out) : layer->out);
    }
    for (int64_t i = 0; i < block->watched; i++)
        wide = larger(wide, block->problem->watched[i].x->cols);
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pd_lanes_init(block));
    if (block->last < block->layers)
        GAMLP_TRY(
            gamlp_dense_init(&block->spare, gamlp_pd_layer_at(block, block->last)->out, columns));
    for (int i = 0; i < 2; i++) GAMLP_TRY(gamlp_dense_init(&block->forward[i], pass, wide));
    GAMLP_TRY(init_pairs(block, wide));
    GAMLP_TRY(gamlp_new(&block->figure_list, block->layers, sizeof *block->figure_list,
                        "the figures of the layers"));
    if (block->last == block->layers)
        GAMLP_TRY(gamlp_last_init(&block->last_solve, block->problem->classes, columns,
                                  &block->options.loss, block->problem->label));
    GAMLP_TRY(gamlp_pd_exact_init(block));
    status = gamlp_pd_anderson_init(block);
done:
    return status;
}

void gamlp_pd_scratch_clear(gamlp_pdadmm *block) {
    gamlp_pd_lanes_clear(block);
    gamlp_dense_clear(&block->spare);
    gamlp_free(block->figure_list);
    block->figure_list = NULL;
    for (int i = 0; i < 2; i++) gamlp_dense_clear(&block->forward[i]);
    gamlp_pairs_clear(&block->pairs);
    gamlp_last_clear(&block->last_solve);
    gamlp_pd_exact_clear(&block->exact);
    gamlp_pd_anderson_clear(&block->anderson);
}

/* W_1 = 1 W_1^0 + 0 X'. */
static void begin_input(gamlp_pd_input *input, gamlp_pd_layer *layer, double base_square) {
    input->a = 1;
    memset(input->b.data, 0, (size_t)(input->b.rows * input->b.cols) * sizeof *input->b.data);
    input->base_square = layer->weight_square = base_square;
}

/* Whether both layers of a net had better score a set at once. */
static bool pays_at_once(const gamlp_pdadmm *block, const gamlp_pd_layer *layer,
                         const gamlp_dense *cross) {
    return block->first == 1 && block->last == 2 && block->layers == 2 &&
           block->options.activation.kind == GAMLP_RELU &&
           gamlp_pairs_net_pays(layer->out, cross->cols, cross->rows, block->problem->classes);
}

/* Room for X'X_set of sets that layer 1 scores by pairs. */
static gamlp_status init_watched(gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < block->watched; i++) {
        const gamlp_dense *cross = &block->problem->watched[i].cross;
        gamlp_pairs *sorted = &block->input.sorted[i];
        if (!gamlp_pairs_pay(layer->out, cross->cols, cross->rows)) continue;
        GAMLP_TRY(gamlp_pairs_init(sorted, cross->rows, cross->cols));
        gamlp_pairs_sort(sorted, cross);
        if (pays_at_once(block, layer, cross)) /* until the net grows */
            GAMLP_TRY(
                gamlp_pairs_net_init(&block->input.net[i], layer->out, cross->rows, cross->cols));
    }
done:
    return status;
}

/* W_1^0 X_set of sets that both layers score at once, whenever it is another. */
static void sort_watched(gamlp_pdadmm *block) {
    gamlp_pd_input *input = &block->input;
    for (int64_t i = 0; i < block->watched; i++)
        if (input->net[i].base)
            gamlp_pairs_net_sort(&input->net[i], &block->problem->watched[i].cross,
                                 &input->base_watched[i]);
}

gamlp_status gamlp_pd_set_input(gamlp_pdadmm *block, gamlp_pd_layer *layer,
                                const gamlp_dense *weight) {
    const gamlp_problem *problem = block->problem;
    gamlp_pd_input *input = &block->input;
    gamlp_status status = gamlp_stack_multiply(&input->base, weight, problem->x);
    for (int64_t i = 0; i < block->watched && status == GAMLP_OK; i++)
        status = gamlp_stack_multiply(&input->base_watched[i], weight, problem->watched[i].x);
    if (status == GAMLP_OK) sort_watched(block);
    begin_input(input, layer, gamlp_kernel_square(weight));
    return status;
}

/* W_1^0 leaves only its products with the training and watched columns. */
static gamlp_status init_input(gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_problem *problem = block->problem;
    gamlp_pd_input *input = &block->input;
    gamlp_net_plan plan = {
        .init = block->init, .init_scale = block->init_scale, .seed = block->seed};
    double square;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_dense_init(&input->b, layer->out, block->columns));
    GAMLP_TRY(gamlp_dense_init(&input->kept_b, layer->out, block->columns));
    if (block->hold) GAMLP_TRY(gamlp_dense_init(&input->held_b, layer->out, block->columns));
    GAMLP_TRY(gamlp_dense_init(&input->base, layer->out, block->columns));
    for (int64_t i = 0; i < problem->watched_count; i++)
        GAMLP_TRY(
            gamlp_dense_init(&input->base_watched[i], layer->out, problem->watched[i].x->cols));
    GAMLP_TRY(gamlp_input_products(&square, &input->base, input->base_watched, block->watched,
                                   problem, &plan));
    GAMLP_TRY(init_watched(block, layer));
    sort_watched(block);
    begin_input(input, layer, square);
done:
    return status;
}

static gamlp_status check_plan(const gamlp_pdadmm_plan *plan) {
    if (plan->layers < 1 || plan->first < 1 || plan->last < plan->first ||
        plan->last > plan->layers)
        return gamlp_fail(GAMLP_E_USAGE, "layers %lld to %lld of %lld", (long long)plan->first,
                          (long long)plan->last, (long long)plan->layers);
    for (int64_t l = 0; l + 1 < plan->layers; l++)
        if (plan->hidden[l] < 1)
            return gamlp_fail(GAMLP_E_USAGE, "layer %lld has %lld neurons", (long long)l + 1,
                              (long long)plan->hidden[l]);
    if (!plan->exchange && plan->last - plan->first + 1 < plan->layers)
        return gamlp_fail(GAMLP_E_USAGE, "a share of a net needs an exchange");
    return GAMLP_OK;
}

static int64_t width_of(const gamlp_problem *problem, const gamlp_pdadmm_plan *plan, int64_t l) {
    if (l == 0) return problem->x->rows;
    return l == plan->layers ? problem->classes : plan->hidden[l - 1];
}

static int64_t common_width(const gamlp_pdadmm_plan *plan) {
    for (int64_t l = 1; l + 1 < plan->layers; l++)
        if (plan->hidden[l] != plan->hidden[0]) return 0;
    return plan->layers > 1 ? plan->hidden[0] : 0;
}

static gamlp_status init_layers(gamlp_pdadmm *block, const gamlp_pdadmm_plan *plan) {
    gamlp_status status = GAMLP_OK;
    for (int64_t l = block->first; l <= block->last; l++) {
        gamlp_pd_layer *layer = gamlp_pd_layer_at(block, l);
        GAMLP_TRY(gamlp_pd_layer_init(layer, block, l, width_of(block->problem, plan, l - 1),
                                      width_of(block->problem, plan, l)));
        if (gamlp_pd_is_gram(block, layer))
            GAMLP_TRY(init_input(block, layer));
        else
            gamlp_init_weight(&layer->w, plan->init, plan->init_scale, plan->seed, l);
    }
    if (block->first > 1) {
        int64_t rows = gamlp_pd_layer_at(block, block->first)->in;
        GAMLP_TRY(gamlp_dense_init(&block->below_q, rows, block->columns));
        GAMLP_TRY(gamlp_dense_init(&block->below_u, rows, block->columns));
    }
    if (block->last < block->layers)
        GAMLP_TRY(gamlp_dense_init(&block->above_p, gamlp_pd_layer_at(block, block->last)->out,
                                   block->columns));
    GAMLP_TRY(gamlp_pd_scratch_init(block));
done:
    return status;
}

static gamlp_status make(gamlp_pdadmm **block, const gamlp_problem *problem,
                         const gamlp_pdadmm_plan *plan, const gamlp_pdadmm_options *options,
                         bool sequential) {
    gamlp_pdadmm *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    *block = NULL;
    GAMLP_TRY(check_plan(plan));
    GAMLP_TRY(gamlp_pdadmm_options_check(options));
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a block of layers"));
    fresh->problem = problem;
    fresh->sequential = sequential;
    fresh->options = *options;
    if (plan->exchange) fresh->exchange = *plan->exchange;
    fresh->layers = plan->layers;
    fresh->first = plan->first;
    fresh->last = plan->last;
    fresh->columns = problem->x->cols;
    fresh->watched = problem->watched_count;
    fresh->hold = plan->hold;
    fresh->observer = plan->observer;
    fresh->hidden = common_width(plan);
    fresh->init = plan->init;
    fresh->init_scale = plan->init_scale;
    fresh->seed = plan->seed;
    GAMLP_TRY(gamlp_new(&fresh->layer, plan->last - plan->first + 1, sizeof *fresh->layer,
                        "the layers of a block"));
    GAMLP_TRY(init_layers(fresh, plan));
    *block = fresh;
    fresh = NULL;
done:
    gamlp_pdadmm_free(fresh);
    return status;
}

gamlp_status gamlp_pdadmm_new(gamlp_pdadmm **block, const gamlp_problem *problem,
                              const gamlp_pdadmm_plan *plan, const gamlp_pdadmm_options *options) {
    *block = NULL;
    if (plan->last - plan->first + 1 < plan->layers) {
        if (gamlp_pd_is_relaxed(options))
            return gamlp_fail(GAMLP_E_CONFIG, "relax: a share of a net cannot be over-relaxed");
        if (options->anderson > 0)
            return gamlp_fail(GAMLP_E_CONFIG, "anderson: a share of a net cannot be extrapolated");
    }
    return make(block, problem, plan, options, false);
}

gamlp_status gamlp_pd_new_sequential(gamlp_pdadmm **block, const gamlp_problem *problem,
                                     const gamlp_pdadmm_plan *plan,
                                     const gamlp_pdadmm_options *options) {
    *block = NULL;
    if (plan->first != 1 || plan->last != plan->layers || plan->exchange)
        return gamlp_fail(GAMLP_E_USAGE, "a sequential method trains a whole net in one process");
    return make(block, problem, plan, options, true);
}

void gamlp_pdadmm_free(gamlp_pdadmm *block) {
    if (!block) return;
    if (block->layer) {
        (void)gamlp_pd_reclaim(block, GAMLP_TENSOR_P, false);
        (void)gamlp_pd_reclaim(block, GAMLP_TENSOR_Q, false);
        for (int64_t l = block->first; l <= block->last; l++)
            gamlp_pd_layer_clear(gamlp_pd_layer_at(block, l));
    }
    gamlp_free(block->layer);
    gamlp_dense_clear(&block->input.b);
    gamlp_dense_clear(&block->input.kept_b);
    gamlp_dense_clear(&block->input.held_b);
    gamlp_dense_clear(&block->input.first);
    gamlp_dense_clear(&block->input.base);
    for (int i = 0; i < GAMLP_MAX_WATCHED; i++) {
        gamlp_dense_clear(&block->input.base_watched[i]);
        gamlp_pairs_clear(&block->input.sorted[i]);
        gamlp_pairs_net_clear(&block->input.net[i]);
    }
    gamlp_dense_clear(&block->below_q);
    gamlp_dense_clear(&block->below_u);
    gamlp_dense_clear(&block->above_p);
    gamlp_pd_scratch_clear(block);
    gamlp_free(block);
}

void gamlp_pd_gram_product(gamlp_dense *out, const gamlp_pdadmm *block, int64_t index) {
    const gamlp_pd_input *input = &block->input;
    const gamlp_problem *problem = block->problem;
    gamlp_kernel_scale_copy(out, (gamlp_real)input->a,
                            index < 0 ? &input->base : &input->base_watched[index]);
    gamlp_blas_multiply(out, 1, GAMLP_PLAIN, &input->b, GAMLP_PLAIN,
                        index < 0 ? &problem->gram : &problem->watched[index].cross, 1);
}

gamlp_status gamlp_pd_refresh(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    if (layer->w.data) layer->weight_square = gamlp_kernel_square(&layer->w);
    if (gamlp_pd_is_gram(block, layer))
        gamlp_pd_gram_product(&layer->m, block, -1);
    else if (layer->number == 1)
        return gamlp_stack_multiply(&layer->m, &layer->w, block->problem->x);
    else
        gamlp_blas_multiply(&layer->m, 1, GAMLP_PLAIN, &layer->w, GAMLP_PLAIN, &layer->p, 0);
    return GAMLP_OK;
}
