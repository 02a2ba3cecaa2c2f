/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker's share of a net: its block, its links, and what is noted of its steps. */
#include <time.h>

#include "core/clock.h"
#include "gamlp/alloc.h"
#include "runtime/solvers.h"
#include "runtime/worker.h"

/* The step that ends, by the calendar, which hosts share better than they do monotonic clocks. */
static void trace(gamlp_worker *w, double now) {
    gamlp_answer_figures *f = &w->figures;
    struct timespec t;
    if (w->phase == GAMLP_PHASE_REST || f->events == GAMLP_EVENTS_MAX) return;
    clock_gettime(CLOCK_REALTIME, &t);
    double end = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    f->event[f->events++] =
        (gamlp_trace_event){w->phase, w->layer, w->iteration + 1, end - (now - w->since), end};
}

/* Every step: time goes to the one that ends, signs of life tell of the one that begins. */
static void note(void *context, gamlp_phase phase, int64_t layer, int64_t iteration) {
    gamlp_worker *w = context;
    double now = gamlp_clock();
    w->spent[w->phase] += now - w->since;
    if (w->share.options.trace[0]) trace(w, now);
    w->layer = layer;
    w->phase = phase;
    w->since = now;
    gamlp_hub_progress(w->hub, (uint64_t)iteration, (uint32_t)phase);
    if (w->faults > 0) gamlp_faults_meet(w->fault, &w->faults, phase, layer, iteration);
}

/* q and the scored columns go up, p goes down. */
static gamlp_link *link_to(const gamlp_worker *w, gamlp_tensor kind, bool sends) {
    bool up = kind != GAMLP_TENSOR_P;
    return up == sends ? w->above : w->below;
}

/* What a tensor is taken from, once the first q has chosen it. */
static const gamlp_levels *levels_of(const gamlp_worker *w, gamlp_address address) {
    if (address.kind == GAMLP_TENSOR_P) return gamlp_pdadmm_levels(w->block, address.layer);
    bool chosen = address.kind == GAMLP_TENSOR_Q && address.iteration > 0;
    bool both = gamlp_pdadmm_options_now(w->block)->quantise == GAMLP_QUANTISE_PQ;
    return chosen && both ? gamlp_pdadmm_levels(w->block, address.layer + 1) : NULL;
}

static gamlp_parcel parcel_of(gamlp_address address) {
    return (gamlp_parcel){.kind = (uint8_t)(address.kind + 1),
                          .layer = (uint32_t)address.layer,
                          .iteration = (uint32_t)address.iteration};
}

static gamlp_status send_tensor(void *context, gamlp_address address, const gamlp_dense *a) {
    gamlp_worker *w = context;
    gamlp_link *link = link_to(w, address.kind, true);
    gamlp_parcel parcel = parcel_of(address);
    const gamlp_levels *levels = levels_of(w, address);
    if (address.kind == GAMLP_TENSOR_SCORED) /* of scratch memory */
        return gamlp_matrix_send(link, w->out[address.kind], &parcel, a, levels,
                                 GAMLP_WORKER_DEADLINE);
    return gamlp_matrix_lend(link, w->out[address.kind], &parcel, a, levels, GAMLP_WORKER_DEADLINE,
                             &w->loan[address.kind]);
}

/* The neighbour's answer to a tensor is here before this is called, so that there is nothing to
 * wait for but ZeroMQ's last look, unless a connection was cut. */
static gamlp_status reclaim_tensor(gamlp_dense *a, void *context, gamlp_tensor kind, bool keep) {
    static const double patience = 0.05;
    gamlp_worker *w = context;
    return gamlp_matrix_reclaim(a, &w->loan[kind], keep, keep ? patience : 0);
}

static gamlp_status recv_tensor(gamlp_dense *a, void *context, gamlp_address address) {
    gamlp_worker *w = context;
    gamlp_link *link = link_to(w, address.kind, false);
    gamlp_parcel parcel = parcel_of(address);
    return gamlp_matrix_recv(a, link, w->in[address.kind], &parcel, GAMLP_WORKER_DEADLINE);
}

void gamlp_worker_drop_share(gamlp_worker *w) {
    gamlp_pdadmm_free(w->block);
    gamlp_link_free(w->below);
    gamlp_link_free(w->above);
    for (int i = 0; i < GAMLP_TENSORS; i++) {
        gamlp_coder_free(w->out[i]);
        gamlp_coder_free(w->in[i]);
        w->out[i] = w->in[i] = NULL;
    }
    w->block = NULL;
    w->below = w->above = NULL;
    w->iteration = 0;
}

/* Columns of the widest set that is scored. */
static int64_t widest(const gamlp_order_data *data) {
    int64_t most = 1;
    for (int i = 0; i < 3; i++)
        if (data->columns[i] > most) most = data->columns[i];
    return most;
}

/* A coder for each kind of tensor at a border of so many rows: what goes up is `up`, p goes down.
 */
static gamlp_status make_coders(int64_t *bound, gamlp_worker *w, gamlp_coder *up[GAMLP_TENSORS],
                                gamlp_coder *down[GAMLP_TENSORS], int64_t rows) {
    gamlp_stage stage = (gamlp_stage)w->share.options.codec;
    int64_t columns = w->data.columns[0];
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_coder_new(&up[GAMLP_TENSOR_Q], rows, columns, stage));
    GAMLP_TRY(gamlp_coder_new(&down[GAMLP_TENSOR_P], rows, columns, stage));
    GAMLP_TRY(gamlp_coder_new(&up[GAMLP_TENSOR_SCORED], rows, widest(&w->data), stage));
    *bound = gamlp_coder_bound(up[GAMLP_TENSOR_SCORED]);
done:
    return status;
}

static gamlp_link_plan plan_to(const gamlp_worker *w, int64_t peer, int64_t bound) {
    return (gamlp_link_plan){.peer = (uint16_t)peer,
                             .generation = w->share.generation,
                             .window = 2,
                             .capacity = bound,
                             .reserve = true};
}

static gamlp_status make_links(gamlp_worker *w) {
    const gamlp_order_share *s = &w->share;
    gamlp_status status = GAMLP_OK;
    int64_t bound;
    if (s->first > 1) {
        GAMLP_TRY(make_coders(&bound, w, w->in, w->out, s->hidden[s->first - 2]));
        gamlp_link_plan plan = plan_to(w, s->below, bound);
        GAMLP_TRY(gamlp_link_connect(&w->below, w->hub, &plan, s->below_at,
                                     s->below_key[0] ? s->below_key : NULL));
    }
    if (s->last < s->layers) {
        GAMLP_TRY(make_coders(&bound, w, w->out, w->in, s->hidden[s->last - 1]));
        gamlp_link_plan plan = plan_to(w, s->above, bound);
        GAMLP_TRY(gamlp_link_accept(&w->above, w->port, &plan));
    }
done:
    return status;
}

static gamlp_status make_problem(gamlp_worker *w) {
    const gamlp_order_data *d = &w->data;
    gamlp_status status = GAMLP_OK;
    int64_t index;
    if (w->problem) return GAMLP_OK;
    if (d->has_x)
        GAMLP_TRY(gamlp_problem_new(&w->problem, &d->x[0], d->label[0], d->classes));
    else
        GAMLP_TRY(gamlp_problem_new_share(&w->problem, d->features, d->columns[0], d->label[0],
                                          d->classes));
    for (int i = 1; i < 3; i++)
        GAMLP_TRY(d->has_x
                      ? gamlp_problem_watch(&index, w->problem, &d->x[i], d->label[i])
                      : gamlp_problem_watch_share(&index, w->problem, d->columns[i], d->label[i]));
done:
    return status;
}

static gamlp_status check_share(const gamlp_worker *w) {
    const gamlp_order_share *s = &w->share;
    if (w->data.features == 0)
        return gamlp_fail(GAMLP_E_DATA, "a share of a net came before its columns");
    if ((s->first == 1 && !w->data.has_x) || (s->last == s->layers && !w->data.has_label))
        return gamlp_fail(GAMLP_E_DATA, "the columns for layers %lld to %lld did not come",
                          (long long)s->first, (long long)s->last);
    return GAMLP_OK;
}

gamlp_status gamlp_worker_take_share(gamlp_worker *w, const gamlp_reader *body) {
    gamlp_order_share *s = &w->share;
    gamlp_solver_options options;
    gamlp_status status = GAMLP_OK;
    gamlp_worker_drop_share(w);
    GAMLP_TRY(gamlp_order_share_get(s, body->at, (size_t)(body->end - body->at)));
    GAMLP_TRY(check_share(w));
    GAMLP_TRY(make_problem(w));
    GAMLP_TRY(make_links(w));
    gamlp_solver_row_of(s->options.solver)->fill(&options, &s->options, s->stage);
    options.pdadmm.nu = s->nu;
    options.pdadmm.rho = s->rho;
    options.pdadmm.l2 = s->l2;
    w->exchange = (gamlp_exchange){send_tensor, recv_tensor, w, reclaim_tensor};
    gamlp_pdadmm_plan plan = {.layers = s->layers,
                              .hidden = s->hidden,
                              .first = s->first,
                              .last = s->last,
                              .init = s->init,
                              .init_scale = s->init_scale,
                              .seed = s->seed,
                              .exchange = &w->exchange,
                              .hold = s->hold,
                              .observer = {note, w}};
    status = gamlp_pdadmm_new(&w->block, w->problem, &plan, &options.pdadmm);
done:
    return status;
}
