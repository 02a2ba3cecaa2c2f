/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/orders.h"

#include <limits.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "runtime/settings.h"

/* The settings of the run go along as text, so that worker and coordinator read one table. */
gamlp_status gamlp_order_share_put(gamlp_writer *w, const gamlp_order_share *share,
                                   const gamlp_settings *settings) {
    char *text = NULL;
    gamlp_status status = gamlp_settings_text(&text, settings);
    if (status != GAMLP_OK) return status;
    gamlp_put_int(w, share->generation);
    gamlp_put_int(w, share->layers);
    gamlp_put_int(w, share->first);
    gamlp_put_int(w, share->last);
    for (int64_t l = 0; l + 1 < share->layers; l++) gamlp_put_int(w, share->hidden[l]);
    gamlp_put_int(w, share->init);
    gamlp_put_real(w, share->init_scale);
    gamlp_put_int(w, (int64_t)share->seed);
    gamlp_put_int(w, share->stage);
    gamlp_put_int(w, share->hold);
    gamlp_put_real(w, share->nu);
    gamlp_put_real(w, share->rho);
    gamlp_put_real(w, share->l2);
    gamlp_put_int(w, share->below);
    gamlp_put_int(w, share->above);
    gamlp_put_text(w, share->below_at);
    gamlp_put_text(w, share->below_key);
    gamlp_put_text(w, text);
    gamlp_free(text);
    return gamlp_writer_check(w);
}

static gamlp_status get_settings(gamlp_train_options *options, gamlp_reader *r) {
    enum { LIMIT = 1 << 20 };
    size_t length;
    gamlp_settings settings;
    const unsigned char *text = gamlp_get_bytes(&length, r);
    if (!text || length > LIMIT) {
        r->bad = true;
        return GAMLP_OK;
    }
    gamlp_settings_default(&settings);
    gamlp_status status = gamlp_settings_parse(&settings, text, length, "options of the run");
    *options = settings.options;
    return status;
}

gamlp_status gamlp_order_share_get(gamlp_order_share *share, const void *bytes, size_t size) {
    gamlp_reader r = gamlp_reader_of(bytes, size);
    gamlp_status status = GAMLP_OK;
    *share = (gamlp_order_share){0};
    share->generation = (uint32_t)gamlp_get_int(&r, 0, UINT32_MAX);
    share->layers = gamlp_get_int(&r, 1, GAMLP_LAYERS_MAX);
    share->first = gamlp_get_int(&r, 1, share->layers);
    share->last = gamlp_get_int(&r, share->first, share->layers);
    for (int64_t l = 0; l + 1 < share->layers; l++)
        share->hidden[l] = gamlp_get_int(&r, 1, INT32_MAX);
    share->init = (gamlp_init)gamlp_get_int(&r, 0, GAMLP_INIT_GLOROT);
    share->init_scale = gamlp_get_real(&r);
    share->seed = (uint64_t)gamlp_get_int(&r, INT64_MIN, INT64_MAX);
    share->stage = gamlp_get_int(&r, 0, GAMLP_OPTION_LIST);
    share->hold = gamlp_get_int(&r, 0, 1) != 0;
    share->nu = gamlp_get_real(&r);
    share->rho = gamlp_get_real(&r);
    share->l2 = gamlp_get_real(&r);
    share->below = gamlp_get_int(&r, 0, UINT16_MAX);
    share->above = gamlp_get_int(&r, 0, UINT16_MAX);
    gamlp_get_text(share->below_at, sizeof share->below_at, &r);
    gamlp_get_text(share->below_key, sizeof share->below_key, &r);
    GAMLP_TRY(get_settings(&share->options, &r));
    status = gamlp_reader_check(&r, "a share of a net");
done:
    return status;
}

void gamlp_order_weights_put(gamlp_writer *w, int64_t number, const gamlp_layer *layer) {
    const gamlp_dense *a = &layer->weight, *b = &layer->bias;
    gamlp_put_int(w, number);
    gamlp_put_int(w, a->rows);
    gamlp_put_int(w, a->cols);
    gamlp_put_raw(w, a->data, (size_t)(a->rows * a->cols) * sizeof *a->data);
    gamlp_put_raw(w, b->data, (size_t)b->rows * sizeof *b->data);
}

gamlp_status gamlp_order_weights_get(gamlp_layer *layer, gamlp_reader *r) {
    gamlp_dense *a = &layer->weight, *b = &layer->bias;
    int64_t elements = a->rows * a->cols;
    gamlp_get_int(r, a->rows, a->rows);
    gamlp_get_int(r, a->cols, a->cols);
    const unsigned char *weight = gamlp_get_raw(r, elements * (int64_t)sizeof *a->data);
    const unsigned char *bias = gamlp_get_raw(r, b->rows * (int64_t)sizeof *b->data);
    gamlp_status status = gamlp_reader_check(r, "weights");
    if (status != GAMLP_OK) return status;
    memcpy(a->data, weight, (size_t)elements * sizeof *a->data);
    memcpy(b->data, bias, (size_t)b->rows * sizeof *b->data);
    return GAMLP_OK;
}

void gamlp_answer_hello_put(gamlp_writer *w, const gamlp_answer_hello *hello) {
    gamlp_put_text(w, hello->version);
    gamlp_put_text(w, hello->host);
    gamlp_put_text(w, hello->endpoint);
    gamlp_put_text(w, hello->key);
    gamlp_put_text(w, hello->blas);
    gamlp_put_int(w, hello->real_size);
    gamlp_put_int(w, hello->pid);
    gamlp_put_int(w, hello->processors);
    gamlp_put_int(w, hello->memory);
}

gamlp_status gamlp_answer_hello_get(gamlp_answer_hello *hello, const void *bytes, size_t size) {
    gamlp_reader r = gamlp_reader_of(bytes, size);
    *hello = (gamlp_answer_hello){0};
    gamlp_get_text(hello->version, sizeof hello->version, &r);
    gamlp_get_text(hello->host, sizeof hello->host, &r);
    gamlp_get_text(hello->endpoint, sizeof hello->endpoint, &r);
    gamlp_get_text(hello->key, sizeof hello->key, &r);
    gamlp_get_text(hello->blas, sizeof hello->blas, &r);
    hello->real_size = gamlp_get_int(&r, 4, 8);
    hello->pid = gamlp_get_int(&r, 0, INT32_MAX);
    hello->processors = gamlp_get_int(&r, 0, INT32_MAX);
    hello->memory = gamlp_get_int(&r, 0, INT64_MAX);
    return gamlp_reader_check(&r, "the first message of a worker");
}

/* The reals of a layer's figures in the order in which they are sent. */
static const size_t figure_at[] = {
#define AT(field) offsetof(gamlp_layer_figures, field)
    AT(risk),
    AT(penalty),
    AT(fit),
    AT(activation),
    AT(residual),
    AT(dual),
    AT(tau),
    AT(theta),
    AT(dp),
    AT(dw),
    AT(db),
    AT(dz),
    AT(dq),
    AT(du),
    AT(lemma4),
    AT(lemma4_scale),
    AT(change[GAMLP_LINE_P]),
    AT(change[GAMLP_LINE_W]),
    AT(change[GAMLP_LINE_B]),
    AT(change[GAMLP_LINE_Z]),
    AT(change[GAMLP_LINE_Q]),
    AT(change[GAMLP_LINE_U])
#undef AT
};
_Static_assert(sizeof(gamlp_layer_figures) ==
                   (sizeof figure_at / sizeof figure_at[0] + 1) * sizeof(double),
               "a figure of a layer is not sent");

static void put_ledger(gamlp_writer *w, const gamlp_ledger *l) {
    gamlp_put_int(w, l->parcels);
    gamlp_put_int(w, l->frames);
    gamlp_put_int(w, l->payload);
    gamlp_put_int(w, l->header);
    gamlp_put_int(w, l->control);
    gamlp_put_int(w, l->retransmitted);
    gamlp_put_int(w, l->plain);
}

static void get_ledger(gamlp_ledger *l, gamlp_reader *r) {
    int64_t *const field[] = {&l->parcels, &l->frames,        &l->payload, &l->header,
                              &l->control, &l->retransmitted, &l->plain};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        *field[i] = gamlp_get_int(r, 0, INT64_MAX);
}

static void put_events(gamlp_writer *w, const gamlp_answer_figures *f) {
    gamlp_put_int(w, f->events);
    for (int64_t i = 0; i < f->events; i++) {
        gamlp_put_int(w, f->event[i].phase);
        gamlp_put_int(w, f->event[i].layer);
        gamlp_put_int(w, f->event[i].iteration);
        gamlp_put_real(w, f->event[i].begin);
        gamlp_put_real(w, f->event[i].end);
    }
}

static void get_events(gamlp_answer_figures *f, gamlp_reader *r) {
    f->events = gamlp_get_int(r, 0, GAMLP_EVENTS_MAX);
    for (int64_t i = 0; i < f->events && !r->bad; i++) {
        f->event[i].phase = (gamlp_phase)gamlp_get_int(r, 0, GAMLP_PHASES - 1);
        f->event[i].layer = gamlp_get_int(r, 0, GAMLP_LAYERS_MAX);
        f->event[i].iteration = gamlp_get_int(r, 0, INT64_MAX);
        f->event[i].begin = gamlp_get_real(r);
        f->event[i].end = gamlp_get_real(r);
    }
}

void gamlp_answer_figures_put(gamlp_writer *w, const gamlp_answer_figures *figures) {
    gamlp_put_int(w, figures->iteration);
    gamlp_put_real(w, figures->score.accuracy);
    gamlp_put_real(w, figures->score.loss);
    gamlp_put_real(w, figures->compute);
    gamlp_put_real(w, figures->wait);
    for (int i = 0; i < GAMLP_LEDGERS; i++) put_ledger(w, &figures->sent[i]);
    for (int i = 0; i < GAMLP_HUB_COUNTS; i++) gamlp_put_int(w, figures->dropped[i]);
    gamlp_put_int(w, figures->first);
    gamlp_put_int(w, figures->last);
    for (int64_t l = figures->first; l <= figures->last; l++) {
        const gamlp_layer_figures *f = &figures->layer[l - figures->first];
        gamlp_put_int(w, f->trials);
        for (size_t i = 0; i < sizeof figure_at / sizeof figure_at[0]; i++) {
            double value;
            memcpy(&value, (const char *)f + figure_at[i], sizeof value);
            gamlp_put_real(w, value);
        }
    }
    put_events(w, figures);
}

gamlp_status gamlp_answer_figures_get(gamlp_answer_figures *figures, const void *bytes,
                                      size_t size) {
    gamlp_reader r = gamlp_reader_of(bytes, size);
    figures->iteration = gamlp_get_int(&r, 0, INT64_MAX);
    figures->score.accuracy = gamlp_get_real(&r);
    figures->score.loss = gamlp_get_real(&r);
    figures->compute = gamlp_get_real(&r);
    figures->wait = gamlp_get_real(&r);
    for (int i = 0; i < GAMLP_LEDGERS; i++) get_ledger(&figures->sent[i], &r);
    for (int i = 0; i < GAMLP_HUB_COUNTS; i++)
        figures->dropped[i] = gamlp_get_int(&r, 0, INT64_MAX);
    figures->first = gamlp_get_int(&r, 1, GAMLP_LAYERS_MAX);
    figures->last = gamlp_get_int(&r, figures->first, GAMLP_LAYERS_MAX);
    for (int64_t l = figures->first; l <= figures->last && !r.bad; l++) {
        gamlp_layer_figures *f = &figures->layer[l - figures->first];
        *f = (gamlp_layer_figures){.trials = gamlp_get_int(&r, 0, INT64_MAX)};
        for (size_t i = 0; i < sizeof figure_at / sizeof figure_at[0]; i++) {
            double value = gamlp_get_real(&r);
            memcpy((char *)f + figure_at[i], &value, sizeof value);
        }
    }
    get_events(figures, &r);
    return gamlp_reader_check(&r, "the figures of a worker");
}
