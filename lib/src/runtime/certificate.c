/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates of a finished stage: the same from the figures of a run and from its journal. */
#include "runtime/certificate.h"

#include <math.h>

#include "gamlp/alloc.h"

gamlp_status gamlp_history_init(gamlp_history *history, int64_t capacity) {
    gamlp_status status = GAMLP_OK;
    *history = (gamlp_history){.capacity = capacity};
    GAMLP_TRY(gamlp_new(&history->c_k, capacity, sizeof *history->c_k, "the history of a run"));
    GAMLP_TRY(gamlp_new(&history->falls, capacity, sizeof *history->falls, "the history of a run"));
    GAMLP_TRY(
        gamlp_new(&history->residual, capacity, sizeof *history->residual, "the history of a run"));
done:
    if (status != GAMLP_OK) gamlp_history_clear(history);
    return status;
}

void gamlp_history_clear(gamlp_history *history) {
    gamlp_free(history->c_k);
    gamlp_free(history->falls);
    gamlp_free(history->residual);
    *history = (gamlp_history){0};
}

void gamlp_history_add(gamlp_history *h, double k_ck, double falls, double residual) {
    int64_t at = h->count++;
    h->c_k[at] = k_ck / (double)h->count;
    h->falls[at] = falls;
    h->residual[at] = residual;
}

/* The decrease from iteration k - 1 to k goes to 0 as fast as the distance from the limit does, and
 * needs no limit. */
static void fit_tail(gamlp_certificate *c, const gamlp_history *h, int64_t first) {
    double *decrease = h->falls; /* overwritten from the end, where it is not needed again */
    for (int64_t k = h->count - 1; k > 0; k--) decrease[k] = h->falls[k - 1] - h->falls[k];
    c->tail = gamlp_fit_exponential(decrease, first > 1 ? first : 2, h->count);
    c->factor = c->tail.points > 0 ? exp(c->tail.slope) : 0;
}

void gamlp_certificate_of(gamlp_certificate *c, const gamlp_history *h) {
    int64_t first = h->count / 2 + 1;
    *c = (gamlp_certificate){.made = h->count > 0, .iterations = h->count};
    if (!c->made) return;
    c->has_ck = !isnan(h->c_k[h->count - 1]);
    if (c->has_ck) {
        c->c_k = gamlp_fit_power(h->c_k, first, h->count);
        c->k_ck_half = (double)first * h->c_k[first - 1];
        c->k_ck_last = (double)h->count * h->c_k[h->count - 1];
    }
    for (int64_t k = 0; k < h->count; k++)
        if (h->residual[k] > c->residual_most) c->residual_most = h->residual[k];
    c->residual_last = h->residual[h->count - 1];
    fit_tail(c, h, first);
}

static gamlp_json *fit_object(const gamlp_fit *fit) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_real(object, "slope", fit->slope);
    gamlp_json_set_real(object, "r2", fit->r2);
    gamlp_json_set_int(object, "points", fit->points);
    return object;
}

static gamlp_json *conditions_array(const gamlp_conditions *conditions) {
    gamlp_json *array = gamlp_json_array();
    for (int64_t i = 0; i < conditions->count; i++) {
        gamlp_json *object = gamlp_json_object();
        gamlp_json_set_text(object, "condition", conditions->condition[i].text);
        gamlp_json_set_bool(object, "holds", conditions->condition[i].holds);
        gamlp_json_append(array, object);
    }
    return array;
}

gamlp_json *gamlp_report_certificate(const gamlp_certificate *c,
                                     const gamlp_conditions *conditions) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_bool(object, "applies", conditions->applies);
    gamlp_json_set(object, "conditions", conditions_array(conditions));
    gamlp_json_set_int(object, "iterations", c->iterations);
    if (c->has_ck) {
        gamlp_json_set(object, "c_k", fit_object(&c->c_k));
        gamlp_json_set_real(object, "k_ck_half", c->k_ck_half);
        gamlp_json_set_real(object, "k_ck_last", c->k_ck_last);
    }
    gamlp_json_set(object, "tail", fit_object(&c->tail));
    gamlp_json_set_real(object, "factor", c->factor);
    gamlp_json_set_real(object, "residual_most", c->residual_most);
    gamlp_json_set_real(object, "residual_last", c->residual_last);
    return object;
}
