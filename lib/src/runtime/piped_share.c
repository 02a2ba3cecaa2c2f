/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Layers of a net on their way to workers and back. */
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "runtime/piped_net.h"
#include "runtime/share_out.h"

int64_t gamlp_piped_first(const gamlp_piped *net, int64_t i) {
    return i > 0 ? net->last[i - 1] + 1 : 1;
}

int64_t gamlp_piped_holder(const gamlp_piped *net, int64_t l) {
    int64_t i = 0;
    while (net->last[i] < l) i++;
    return i;
}

gamlp_status gamlp_piped_order(gamlp_piped *net, gamlp_order order, const gamlp_writer *fields) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < net->shares && status == GAMLP_OK; i++) {
        gamlp_writer copy = {0};
        if (fields) {
            gamlp_put_raw(&copy, fields->data, fields->size);
            copy.full = copy.full || fields->full;
        }
        status = gamlp_crew_tell(net->crew, i, order, &copy);
    }
    return status;
}

/* The first failure of `take` waits until all answers are in: what is left of them would be taken
 * for answers to later orders. */
gamlp_status gamlp_piped_await(gamlp_piped *net, gamlp_order wanted, int64_t count,
                               gamlp_piped_taker take, void *context) {
    gamlp_status status = GAMLP_OK, failed = GAMLP_OK;
    char sentence[sizeof net->sentence];
    while (count > 0) {
        gamlp_order order;
        gamlp_reader body;
        int64_t member;
        GAMLP_TRY(gamlp_crew_hear(&member, &order, &body, net->crew));
        if (order == wanted) {
            count--;
            if (!take || failed != GAMLP_OK) continue;
            failed = take(net, member, &body, context);
            if (failed != GAMLP_OK) snprintf(sentence, sizeof sentence, "%s", gamlp_error_text());
        } else if (order == GAMLP_ANSWER_FIGURES) {
            GAMLP_TRY(gamlp_piped_take_figures(net, member, &body));
        } else {
            GAMLP_TRY(gamlp_fail(GAMLP_E_INTERNAL, "worker %lld answers %d instead of %d",
                                 (long long)net->crew->member[member].number, (int)order,
                                 (int)wanted));
        }
    }
    if (failed != GAMLP_OK) status = gamlp_fail(failed, "%s", sentence);
done:
    return status;
}

/* The columns that member i needs and does not have. */
static gamlp_status send_data(gamlp_piped *net, int64_t i) {
    gamlp_member_data *has = &net->crew->member[i].data;
    const gamlp_run_data *d = net->run->data;
    bool x = i == 0, label = i == net->shares - 1;
    gamlp_writer fields = {0};
    if (has->serial == net->crew->data_serial && has->x == x && has->label == label)
        return GAMLP_OK;
    gamlp_order_data data = {.features = d->train.rows,
                             .classes = d->dataset.classes,
                             .columns = {d->train.cols, d->val.cols, d->test.cols},
                             .has_x = x,
                             .has_label = label,
                             .x = {d->train, d->val, d->test},
                             .label = {d->train_label, d->val_label, d->test_label}};
    gamlp_order_data_put(&fields, &data);
    *has = (gamlp_member_data){net->crew->data_serial, x, label};
    return gamlp_crew_tell(net->crew, i, GAMLP_ORDER_DATA, &fields);
}

static gamlp_status send_share(gamlp_piped *net, int64_t i) {
    const gamlp_crew *crew = net->crew;
    gamlp_order_share *share = NULL;
    gamlp_writer fields = {0};
    gamlp_status status = gamlp_new(&share, 1, sizeof *share, "a share");
    if (status != GAMLP_OK) return status;
    *share = (gamlp_order_share){.generation = crew->generation,
                                 .layers = net->layers,
                                 .first = gamlp_piped_first(net, i),
                                 .last = net->last[i],
                                 .init = net->init,
                                 .init_scale = net->init_scale,
                                 .seed = net->seed,
                                 .stage = net->stage,
                                 .hold = net->ahead,
                                 .nu = net->options.nu,
                                 .rho = net->options.rho,
                                 .l2 = net->options.l2};
    for (int64_t l = 1; l < net->layers; l++) share->hidden[l - 1] = net->width[l];
    if (i > 0) {
        const gamlp_member *below = &crew->member[i - 1];
        share->below = below->number;
        snprintf(share->below_at, sizeof share->below_at, "%s", below->hello.endpoint);
        snprintf(share->below_key, sizeof share->below_key, "%s", below->hello.key);
    }
    if (i + 1 < net->shares) share->above = crew->member[i + 1].number;
    status = gamlp_order_share_put(&fields, share, net->run->settings);
    gamlp_free(share);
    if (status == GAMLP_OK) return gamlp_crew_tell(net->crew, i, GAMLP_ORDER_SHARE, &fields);
    gamlp_writer_clear(&fields);
    return status;
}

static gamlp_status plan_shares(gamlp_piped *net) {
    const gamlp_train_options *o = &net->run->settings->options;
    gamlp_load *load = NULL;
    gamlp_place *place = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&load, net->layers, sizeof *load, "the loads of layers"));
    GAMLP_TRY(gamlp_new(&place, net->crew->count, sizeof *place, "the places of workers"));
    gamlp_loads_of_run(load, net->run->data, o, net->width, net->layers);
    gamlp_crew_places(place, net->crew->count, net->crew);
    status =
        gamlp_share_plan(net->last, &net->shares, o, net->crew->count, load, net->layers, place);
done:
    gamlp_free(load);
    gamlp_free(place);
    return status;
}

gamlp_status gamlp_piped_share_out(gamlp_piped *net) {
    gamlp_status status = GAMLP_OK;
    net->crew->generation++;
    GAMLP_TRY(plan_shares(net));
    for (int64_t i = 0; i < net->shares; i++) {
        GAMLP_TRY(send_data(net, i));
        GAMLP_TRY(send_share(net, i));
    }
    status = gamlp_piped_await(net, GAMLP_ANSWER_READY, net->shares, NULL, NULL);
done:
    return status;
}

gamlp_status gamlp_layer_bytes_take(void *context, int64_t l, const unsigned char *bytes,
                                    size_t size) {
    gamlp_layer_bytes *to = (gamlp_layer_bytes *)context + l;
    gamlp_free(to->data);
    to->size = 0;
    gamlp_status status = gamlp_new_raw(&to->data, (int64_t)size, 1, "the state of a layer");
    if (status != GAMLP_OK) return status;
    memcpy(to->data, bytes, size);
    to->size = size;
    return GAMLP_OK;
}

gamlp_status gamlp_layer_bytes_give(unsigned char **bytes, size_t *size, void *context, int64_t l) {
    gamlp_layer_bytes *from = (gamlp_layer_bytes *)context + l;
    *bytes = from->data;
    *size = from->size;
    from->data = NULL;
    return GAMLP_OK;
}

void gamlp_layer_bytes_clear(gamlp_layer_bytes *bytes, int64_t layers) {
    for (int64_t l = 1; bytes && l <= layers; l++) {
        gamlp_free(bytes[l].data);
        bytes[l] = (gamlp_layer_bytes){0};
    }
}

typedef struct collector {
    gamlp_layer_sink sink;
    void *context;
} collector;

static gamlp_status take_layer(gamlp_piped *net, int64_t member, gamlp_reader *body,
                               void *context) {
    const collector *c = context;
    size_t size;
    int64_t l = gamlp_get_int(body, gamlp_piped_first(net, member), net->last[member]);
    const unsigned char *data = gamlp_get_bytes(&size, body);
    gamlp_status status = gamlp_reader_check(body, "a layer");
    return status == GAMLP_OK ? c->sink(c->context, l, data, size) : status;
}

gamlp_status gamlp_piped_collect(gamlp_piped *net, gamlp_state_kind kind, gamlp_layer_sink sink,
                                 void *context) {
    collector c = {sink, context};
    gamlp_writer fields = {0};
    gamlp_put_int(&fields, kind);
    gamlp_status status = gamlp_piped_order(net, GAMLP_ORDER_SAVE, &fields);
    gamlp_writer_clear(&fields);
    if (status != GAMLP_OK) return status;
    return gamlp_piped_await(net, GAMLP_ANSWER_LAYER, net->layers, take_layer, &c);
}

static gamlp_status send_layer(gamlp_piped *net, int64_t i, int64_t l, gamlp_layer_source source,
                               void *context) {
    unsigned char *bytes = NULL;
    size_t size = 0;
    gamlp_writer fields = {0};
    gamlp_status status = source(&bytes, &size, context, l);
    if (status != GAMLP_OK) return status;
    gamlp_put_int(&fields, l);
    if (!bytes) return gamlp_crew_tell(net->crew, i, GAMLP_ORDER_IDENTITY, &fields);
    gamlp_put_bytes(&fields, bytes, size);
    gamlp_free(bytes);
    return gamlp_crew_tell(net->crew, i, GAMLP_ORDER_LOAD, &fields);
}

gamlp_status gamlp_piped_distribute(gamlp_piped *net, gamlp_state_kind kind,
                                    gamlp_layer_source source, void *context) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < net->shares; i++) {
        int64_t first = gamlp_piped_first(net, i);
        if (i > 0 && kind == GAMLP_STATE_ALL) first--;
        for (int64_t l = first; l <= net->last[i]; l++)
            GAMLP_TRY(send_layer(net, i, l, source, context));
    }
done:
    return status;
}
