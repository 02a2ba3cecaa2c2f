/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each line of Algorithm 1 does to the augmented Lagrangian, measured.
 *
 * In lines 1 to 3 a layer changes terms of its own only:
 *   (nu/2) ||W p + b - z||^2 + penalty + <u_{l-1}, p - q_{l-1}> + (rho/2) ||p - q_{l-1}||^2,
 * and in lines 4 to 6 besides the first of these
 *   R or (nu/2) ||q - f(z)||^2 + <u, p_{l+1} - q> + (rho/2) ||p_{l+1} - q||^2.
 * These are summed before and after lines 1, 2 with 3, and 4 with 5 and 6.  Within these groups b
 * and q are exact minimisers of quadratics, and u is a step of known length: b lowers it by (nu
 * N/2) ||db||^2, q by ((rho + nu)/2) ||dq||^2, u raises it by ||du||^2 / rho, so that what remains
 * is due to W, and to z. */
#include "solver/block.h"

/* Before the first iteration, and after a change of penalties, the Lagrangian was another one. */
static bool audits(const gamlp_pdadmm *block) {
    const gamlp_pdadmm_options *o = &block->options;
    return (o->audit || o->mode == GAMLP_MODE_THEORY) && block->steady;
}

double gamlp_pd_fit(const gamlp_pd_layer *layer) {
    double sum = 0;
    for (int64_t j = 0; j < layer->z.cols; j++)
        for (int64_t i = 0; i < layer->out; i++) {
            int64_t at = i + j * layer->out;
            double r =
                (double)layer->m.data[at] + (double)layer->b.data[i] - (double)layer->z.data[at];
            sum += r * r;
        }
    return sum;
}

/* <u, p - q> + (rho/2) ||p - q||^2. */
static double link(const gamlp_dense *p, const gamlp_dense *q, const gamlp_dense *u, double rho) {
    double dual = 0, square = 0;
    for (int64_t i = 0; i < p->rows * p->cols; i++) {
        double d = (double)p->data[i] - (double)q->data[i];
        dual += (double)u->data[i] * d;
        square += d * d;
    }
    return dual + 0.5 * rho * square;
}

static double link_below(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    if (layer->number == 1) return 0;
    bool inside = layer->number > block->first;
    const gamlp_pd_layer *below = inside ? gamlp_pd_layer_at(block, layer->number - 1) : NULL;
    return link(&layer->p, inside ? &below->q : &block->below_q,
                inside ? &below->u : &block->below_u, block->options.rho);
}

static double link_above(const gamlp_pdadmm *block, const gamlp_pd_layer *layer) {
    if (layer->number == block->layers) return 0;
    const gamlp_dense *p = layer->number < block->last
                               ? &gamlp_pd_layer_at(block, layer->number + 1)->p
                               : &block->above_p;
    return link(p, &layer->q, &layer->u, block->options.rho);
}

void gamlp_pd_audit_begin(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    for (int i = 0; i < GAMLP_LINES; i++) layer->figures.change[i] = 0;
    if (!audits(block)) return;
    layer->audit_fit = gamlp_pd_fit(layer);
    layer->audit_link = link_below(block, layer);
    layer->audit_rest = layer->figures.penalty;
}

void gamlp_pd_audit_p(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    if (!audits(block) || layer->number == 1) return;
    double fit = gamlp_pd_fit(layer);
    layer->figures.change[GAMLP_LINE_P] = 0.5 * block->options.nu * (fit - layer->audit_fit) +
                                          link_below(block, layer) - layer->audit_link;
    layer->audit_fit = fit;
}

void gamlp_pd_audit_wb(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_layer_figures *f = &layer->figures;
    double nu = block->options.nu;
    if (!audits(block)) return;
    double fit = gamlp_pd_fit(layer);
    double both = 0.5 * nu * (fit - layer->audit_fit) + f->penalty - layer->audit_rest;
    f->change[GAMLP_LINE_B] = -0.5 * nu * (double)block->columns * f->db;
    f->change[GAMLP_LINE_W] = both - f->change[GAMLP_LINE_B];
    layer->audit_fit = fit;
}

/* p_{l+1} is the new one, z, q and u are the old ones. */
void gamlp_pd_audit_dual(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    const gamlp_layer_figures *f = &layer->figures;
    if (!audits(block)) return;
    layer->audit_link = link_above(block, layer);
    layer->audit_rest = f->risk + 0.5 * block->options.nu * f->activation;
}

void gamlp_pd_audit_zqu(const gamlp_pdadmm *block, gamlp_pd_layer *layer) {
    gamlp_layer_figures *f = &layer->figures;
    const gamlp_pdadmm_options *o = &block->options;
    if (!audits(block)) return;
    double all = 0.5 * o->nu * (f->fit - layer->audit_fit) + f->risk + 0.5 * o->nu * f->activation -
                 layer->audit_rest;
    if (layer->number < block->layers) {
        all += f->dual + 0.5 * o->rho * f->residual - layer->audit_link;
        /* A quantised q is no minimiser over all numbers, and an over-relaxed one is another's: its
         * part, and in the second case that of u, stay with z. */
        if (!gamlp_pd_is_relaxed(o)) f->change[GAMLP_LINE_U] = f->du / o->rho;
        if (!gamlp_pd_is_relaxed(o) && o->quantise != GAMLP_QUANTISE_PQ)
            f->change[GAMLP_LINE_Q] = -0.5 * (o->rho + o->nu) * f->dq;
    }
    f->change[GAMLP_LINE_Z] = all - f->change[GAMLP_LINE_Q] - f->change[GAMLP_LINE_U];
}
