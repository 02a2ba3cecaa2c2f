/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: it comes, says who it is, and does what it is told. */
#define _GNU_SOURCE
#include "runtime/worker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "gamlp/alloc.h"
#include "gamlp/blas.h"
#include "gamlp/threads.h"
#include "runtime/address.h"

static const double tick = 1, soon = 60;

static gamlp_status tell_failure(gamlp_worker *w, gamlp_status status) {
    gamlp_writer fields = {0};
    gamlp_put_int(&fields, status);
    gamlp_put_int(&fields, w->iteration + 1);
    gamlp_put_text(&fields, gamlp_error_text());
    return gamlp_wire_send_fields(&w->control, GAMLP_ANSWER_FAILED, &fields, soon);
}

static gamlp_status take_data(gamlp_worker *w, const gamlp_reader *body) {
    gamlp_worker_drop_share(w);
    gamlp_problem_free(w->problem);
    w->problem = NULL;
    gamlp_order_data_clear(&w->data);
    return gamlp_order_data_get(&w->data, body->at, (size_t)(body->end - body->at));
}

static gamlp_status drop(gamlp_worker *w) {
    gamlp_worker_drop_share(w);
    w->spoiled = false;
    return gamlp_wire_send(&w->control, GAMLP_ANSWER_DROPPED, NULL, 0, soon);
}

static gamlp_status take_share(gamlp_worker *w, const gamlp_reader *body) {
    gamlp_status status = gamlp_worker_take_share(w, body);
    if (status != GAMLP_OK) return status;
    return gamlp_wire_send(&w->control, GAMLP_ANSWER_READY, NULL, 0, soon);
}

static gamlp_status obey(gamlp_worker *w, gamlp_order order, const gamlp_reader *body) {
    if (order == GAMLP_ORDER_DROP) return drop(w);
    if (order == GAMLP_ORDER_DATA) return take_data(w, body);
    if (order == GAMLP_ORDER_SHARE) return take_share(w, body);
    if (order == GAMLP_ORDER_ECHO)
        return gamlp_wire_send(&w->control, GAMLP_ANSWER_ECHO, body->at,
                               (size_t)(body->end - body->at), soon);
    return gamlp_worker_obey(w, order, body);
}

/* What goes wrong is told, and then nothing is done until the coordinator begins anew. */
static gamlp_status take_order(gamlp_worker *w, gamlp_order order, const gamlp_reader *body) {
    w->ended = order == GAMLP_ORDER_END;
    if (w->ended || (w->spoiled && order != GAMLP_ORDER_DROP)) return GAMLP_OK;
    gamlp_hub_progress(w->hub, (uint64_t)w->iteration, GAMLP_PHASE_START);
    gamlp_status status = obey(w, order, body);
    gamlp_hub_progress(w->hub, (uint64_t)w->iteration, GAMLP_PHASE_REST);
    w->phase = GAMLP_PHASE_REST;
    if (status == GAMLP_OK) return GAMLP_OK;
    w->spoiled = true;
    return status == GAMLP_E_STOPPED ? GAMLP_OK : tell_failure(w, status);
}

static gamlp_status listen(gamlp_worker *w) {
    gamlp_link_figures figures;
    gamlp_reader body;
    gamlp_order order;
    gamlp_status status = GAMLP_OK;
    while (!w->ended) {
        GAMLP_TRY(gamlp_wire_recv(&order, &body, &w->control, tick));
        if (order) GAMLP_TRY(take_order(w, order, &body));
        gamlp_link_figures_of(&figures, w->control.link);
        if (!order && figures.peer_left)
            GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "the coordinator has left without a word"));
        if (figures.silent > w->ticket->patience)
            GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "the coordinator has been silent for %.0f s",
                                 figures.silent));
    }
done:
    return status;
}

static gamlp_status say_hello(gamlp_worker *w) {
    gamlp_answer_hello hello = {
        .real_size = sizeof(gamlp_real), .pid = getpid(), .processors = gamlp_threads_available()};
    gamlp_writer fields = {0};
    snprintf(hello.version, sizeof hello.version, "%s", gamlp_version());
    snprintf(hello.blas, sizeof hello.blas, "%s", gamlp_blas_name());
    snprintf(hello.endpoint, sizeof hello.endpoint, "%s", gamlp_port_endpoint(w->port));
    snprintf(hello.key, sizeof hello.key, "%s", w->ticket->public_key);
    if (gethostname(hello.host, sizeof hello.host) != 0) hello.host[0] = 0;
    hello.host[sizeof hello.host - 1] = 0;
    hello.memory = gamlp_memory_of_host();
    gamlp_answer_hello_put(&fields, &hello);
    return gamlp_wire_send_fields(&w->control, GAMLP_ANSWER_HELLO, &fields, soon);
}

/* tcp on the address that leads to the coordinator, or a socket in the directory of the run. */
static gamlp_status bind_port(gamlp_worker *w) {
    const gamlp_ticket *t = w->ticket;
    char endpoint[GAMLP_ENDPOINT_TEXT], address[GAMLP_ADDRESS_TEXT];
    gamlp_status status = GAMLP_OK;
    if (strncmp(t->bind, "ipc:", 4) == 0) {
        snprintf(endpoint, sizeof endpoint, "ipc://%.200s/%lld", t->bind + 4, (long long)w->number);
    } else {
        if (!t->bind[0]) GAMLP_TRY(gamlp_address_towards(address, t->coordinator));
        snprintf(endpoint, sizeof endpoint, "tcp://%.200s:*", t->bind[0] ? t->bind : address);
    }
    status = gamlp_port_bind(&w->port, w->hub, endpoint);
done:
    return status;
}

static gamlp_status find_number(gamlp_worker *w) {
    const gamlp_ticket *t = w->ticket;
    int64_t rank = gamlp_ticket_rank();
    if (t->number == 0 && rank < 0)
        return gamlp_fail(GAMLP_E_USAGE,
                          "no launcher told which worker this is (SLURM_PROCID, PMI_RANK, RANK); "
                          "say --number");
    w->number = t->number > 0 ? t->number : t->base + rank + 1;
    return GAMLP_OK;
}

static gamlp_status join(gamlp_worker *w) {
    const gamlp_ticket *t = w->ticket;
    gamlp_hub_options options;
    gamlp_keypair keys = {0};
    gamlp_keyring ring = {0};
    gamlp_status status = GAMLP_OK;
    gamlp_hub_options_default(&options);
    options.job = t->job;
    options.self = (uint16_t)w->number;
    options.insecure = t->insecure;
    if (t->secret_key[0]) {
        snprintf(keys.public_key, sizeof keys.public_key, "%s", t->public_key);
        snprintf(keys.secret_key, sizeof keys.secret_key, "%s", t->secret_key);
        GAMLP_TRY(gamlp_keyring_add(&ring, t->public_key));
        GAMLP_TRY(gamlp_keyring_add(&ring, t->key));
        options.keys = &keys;
        options.ring = &ring;
    }
    GAMLP_TRY(gamlp_hub_new(&w->hub, &options));
    gamlp_link_plan plan = gamlp_wire_plan(0);
    GAMLP_TRY(gamlp_link_connect(&w->control.link, w->hub, &plan, t->coordinator,
                                 t->key[0] ? t->key : NULL));
    GAMLP_TRY(bind_port(w));
    status = say_hello(w);
done:
    gamlp_keyring_clear(&ring);
    explicit_bzero(&keys, sizeof keys);
    return status;
}

static void leave(gamlp_worker *w) {
    gamlp_worker_drop_share(w);
    gamlp_problem_free(w->problem);
    gamlp_order_data_clear(&w->data);
    gamlp_wire_clear(&w->control);
    gamlp_port_free(w->port);
    gamlp_hub_free(w->hub);
    gamlp_free(w);
}

gamlp_status gamlp_worker_run(const gamlp_ticket *ticket) {
    gamlp_worker *w = NULL;
    int64_t threads = ticket->threads;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&w, 1, sizeof *w, "a worker"));
    w->ticket = ticket;
    if (threads == 0) threads = gamlp_threads_available() / ticket->sharers;
    gamlp_threads_set(threads);
    if (ticket->attempt == 0) GAMLP_TRY(gamlp_faults_read(w->fault, &w->faults));
    GAMLP_TRY(find_number(w));
    GAMLP_TRY(join(w));
    status = listen(w);
done:
    if (w) leave(w);
    return status;
}
