/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solver/pair.h"

#include "gamlp/alloc.h"
#include "matrix/blas.h"

static bool serves(const gamlp_pdadmm *net) {
    if (net->layers != 2) return false;
    const gamlp_pd_layer *layer = gamlp_pd_layer_at(net, 1), *above = gamlp_pd_layer_at(net, 2);
    return gamlp_pd_is_gram(net, layer) && !gamlp_pd_is_exact(net, layer) &&
           !gamlp_pd_omega(net, 2) && !gamlp_pd_steps_by_gram(net, above) &&
           gamlp_slabs_serve(layer->out, net->columns, above->out);
}

gamlp_status gamlp_pair_init(gamlp_pair *pair, gamlp_pdadmm *net) {
    gamlp_status status = GAMLP_OK;
    *pair = (gamlp_pair){.serves = serves(net), .net = net};
    if (!pair->serves) return GAMLP_OK;
    pair->layer = gamlp_pd_layer_at(net, 1);
    pair->above = gamlp_pd_layer_at(net, 2);
    gamlp_real **const matrix[] = {&pair->m,    &pair->z, &pair->a, &pair->big_b,
                                   &pair->base, &pair->t, &pair->g};
    GAMLP_TRY(gamlp_slabs_init(&pair->slabs, pair->layer->out, net->columns, pair->above->out));
    GAMLP_TRY(
        gamlp_slabs_matrices(&pair->block, matrix, sizeof matrix / sizeof matrix[0], &pair->slabs));
    GAMLP_TRY(gamlp_new(&pair->b, pair->layer->out + GAMLP_LANES, sizeof *pair->b, "biases"));
done:
    return status;
}

void gamlp_pair_clear(gamlp_pair *pair) {
    gamlp_free(pair->block);
    gamlp_free(pair->b);
    gamlp_slabs_clear(&pair->slabs);
    *pair = (gamlp_pair){0};
}

void gamlp_pair_take(gamlp_pair *pair) {
    const gamlp_pd_layer *layer = pair->layer;
    if (!pair->serves || pair->current) return;
    gamlp_slabs_pack(pair->m, &pair->slabs, &layer->m);
    gamlp_slabs_pack(pair->z, &pair->slabs, &layer->z);
    gamlp_slabs_pack(pair->a, &pair->slabs, &pair->above->p);
    gamlp_slabs_pack(pair->big_b, &pair->slabs, &pair->net->input.b);
    gamlp_slabs_pack(pair->base, &pair->slabs, &pair->net->input.base);
    memcpy(pair->b, layer->b.data, (size_t)layer->out * sizeof *pair->b);
    pair->current = true;
}

void gamlp_pair_publish_weights(const gamlp_pair *pair) {
    if (!pair->current) return;
    gamlp_slabs_unpack(&pair->net->input.b, &pair->slabs, pair->big_b);
    memcpy(pair->layer->b.data, pair->b, (size_t)pair->layer->out * sizeof *pair->b);
}

void gamlp_pair_publish(const gamlp_pair *pair) {
    gamlp_pd_layer *layer = pair->layer;
    if (!pair->current) return;
    gamlp_pair_publish_weights(pair);
    gamlp_slabs_unpack(&layer->m, &pair->slabs, pair->m);
    gamlp_slabs_unpack(&layer->z, &pair->slabs, pair->z);
    gamlp_slabs_unpack(&pair->above->p, &pair->slabs, pair->a);
    gamlp_kernel_residual(&layer->r, &layer->m, &layer->b, &layer->z);
}

void gamlp_pair_leave(gamlp_pair *pair) {
    gamlp_pair_publish(pair);
    pair->current = false;
}

gamlp_status gamlp_pair_load(void *net, const gamlp_model *model) {
    gamlp_pair *pair = net;
    gamlp_pair_leave(pair);
    return gamlp_pdadmm_adopt(pair->net, model);
}

gamlp_status gamlp_pair_score(gamlp_score *score, void *net, int64_t index) {
    const gamlp_pair *pair = net;
    gamlp_pair_publish_weights(pair);
    return gamlp_pdadmm_score(score, pair->net, index);
}

void gamlp_pair_keep(void *net) {
    const gamlp_pair *pair = net;
    gamlp_pair_publish_weights(pair);
    gamlp_pdadmm_keep(pair->net);
}

gamlp_status gamlp_pair_restore(void *net) {
    gamlp_pair *pair = net;
    gamlp_pair_leave(pair);
    return gamlp_pdadmm_restore(pair->net);
}

gamlp_status gamlp_pair_to_model(gamlp_model *model, const void *net) {
    const gamlp_pair *pair = net;
    gamlp_pair_publish_weights(pair);
    return gamlp_pdadmm_export(model, pair->net);
}

void gamlp_pair_gram(const gamlp_pair *pair, const gamlp_slab *slab, const gamlp_real *r) {
    const gamlp_dense *gram = &pair->net->problem->gram;
    gamlp_blas_part(pair->t + slab->at, slab->ld, slab->rows, slab->cols, slab->cols, 1,
                    (gamlp_panel){r, slab->ld, GAMLP_PLAIN},
                    (gamlp_panel){gram->data, gram->rows, GAMLP_PLAIN}, 0);
}

/* Columns [from, from + rows) of W. */
static gamlp_panel columns_of(const gamlp_dense *w, const gamlp_slab *slab,
                              gamlp_transpose transpose) {
    return (gamlp_panel){w->data + slab->from * w->rows, w->rows, transpose};
}

void gamlp_pair_pull(const gamlp_pair *pair, const gamlp_slab *slab, double scale,
                     const gamlp_dense *r) {
    const gamlp_dense *w = &pair->above->w;
    gamlp_blas_part(pair->g + slab->at, slab->ld, slab->rows, slab->cols, w->rows,
                    (gamlp_real)scale, columns_of(w, slab, GAMLP_TRANSPOSED),
                    (gamlp_panel){r->data, r->rows, GAMLP_PLAIN}, 0);
}

void gamlp_pair_push(gamlp_real *image, const gamlp_slab *slab, const gamlp_dense *w,
                     const gamlp_real *x) {
    gamlp_blas_part(image, w->rows, w->rows, slab->cols, slab->rows, 1,
                    columns_of(w, slab, GAMLP_PLAIN), (gamlp_panel){x, slab->ld, GAMLP_PLAIN}, 0);
}

/* A pass for a matrix W of the layer above. */
typedef struct upper {
    const gamlp_pair *pair;
    gamlp_dense w;
    double beta;
} upper;

static void image_body(const void *context, const gamlp_slab *slab, double *figures,
                       gamlp_real *image) {
    const upper *u = context;
    (void)figures;
    gamlp_pair_push(image, slab, &u->w, u->pair->a + slab->at);
}

void gamlp_pair_image(gamlp_dense *image, gamlp_pair *pair, const gamlp_dense *w) {
    upper u = {pair, *w, 0};
    double figures[GAMLP_SLAB_FIGURES];
    gamlp_slabs_run(figures, image, &pair->slabs, image_body, &u);
}

GAMLP_HOT static double decay(gamlp_real *g, gamlp_real l2, const gamlp_real *w, int64_t n) {
    for (int64_t i = 0; i < n; i++) g[i] += l2 * w[i];
    return gamlp_sweep_dot(g, g, n);
}

/* G = beta r_2 a' + l2 W, and G a. */
static void gradient_body(const void *context, const gamlp_slab *slab, double *figures,
                          gamlp_real *image) {
    const upper *u = context;
    const gamlp_pd_layer *above = u->pair->above;
    gamlp_real *g = u->w.data + slab->from * above->out;
    gamlp_blas_part(g, above->out, above->out, slab->rows, slab->cols, (gamlp_real)u->beta,
                    (gamlp_panel){above->r.data, above->out, GAMLP_PLAIN},
                    (gamlp_panel){u->pair->a + slab->at, slab->ld, GAMLP_TRANSPOSED}, 0);
    figures[0] += decay(g, (gamlp_real)u->pair->net->options.l2,
                        above->w.data + slab->from * above->out, slab->rows * above->out);
    gamlp_pair_push(image, slab, &u->w, u->pair->a + slab->at);
}

gamlp_status gamlp_pair_step_w(gamlp_pair *pair, double beta) {
    gamlp_pdadmm *net = pair->net;
    gamlp_pd_layer *above = pair->above;
    upper u = {pair, gamlp_pd_view(&above->lane->gradient_w, above->out, above->in), beta};
    gamlp_dense image = gamlp_chain_image(net, above);
    double figures[GAMLP_SLAB_FIGURES];
    net->options.nu = beta;
    gamlp_slabs_run(figures, &image, &pair->slabs, gradient_body, &u);
    return gamlp_pd_step_explicit(net, above, &u.w, figures[0], &image);
}
