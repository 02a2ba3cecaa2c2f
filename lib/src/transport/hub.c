/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that owns the sockets of a process, and its ports. */
#define _GNU_SOURCE
#include "transport/hub.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "gamlp/alloc.h"
#include "transport/inner.h"

void gamlp_hub_options_default(gamlp_hub_options *options) {
    *options = (gamlp_hub_options){.beat = 0.25, .stall = 1.5};
}

void gamlp_hub_wake(gamlp_hub *hub) {
    ssize_t done;
    if (atomic_exchange(&hub->woken, true)) return;
    do done = write(hub->wake[1], "", 1);
    while (done < 0 && errno == EINTR);
}

/* From here on the hub is woken again, and looks at its links once more. */
static void drain_wake(gamlp_hub *hub) {
    char bytes[64];
    if (!atomic_load(&hub->woken)) return;
    while (read(hub->wake[0], bytes, sizeof bytes) > 0) continue;
    atomic_store(&hub->woken, false);
}

/* Few messages at a time, so that nobody who floods a port holds up the rest. */
static void receive(gamlp_hub *hub, gamlp_port *port, gamlp_link *link, gamlp_socket *socket) {
    enum { MOST = 16 };
    gamlp_parts parts;
    for (int i = 0; i < MOST && gamlp_socket_recv(&parts, socket); i++) {
        gamlp_pump_receive(hub, port, link, &parts);
        gamlp_parts_clear(&parts);
    }
}

/* Close what has been given up by its owner, who waits for it. */
static bool bury(gamlp_hub *hub) {
    bool changed = false;
    for (gamlp_link **at = &hub->links; *at;) {
        gamlp_link *link = *at;
        if (!link->freed) {
            at = &link->next;
            continue;
        }
        *at = link->next;
        gamlp_machine_step(&link->machine, &(gamlp_event){.type = GAMLP_EVENT_CLOSE});
        gamlp_pump_link(link, gamlp_clock());
        gamlp_socket_close(link->socket);
        hub->urgent -= link->urgent;
        link->gone = changed = true;
    }
    for (gamlp_port **at = &hub->ports; *at;) {
        gamlp_port *port = *at;
        if (!port->freed) {
            at = &port->next;
            continue;
        }
        *at = port->next;
        gamlp_socket_close(port->socket);
        port->gone = changed = true;
    }
    return changed;
}

static bool pump(gamlp_hub *hub) {
    bool changed = bury(hub);
    if (hub->judge) gamlp_judge_keys(hub->judge, &hub->ring);
    for (gamlp_port *port = hub->ports; port; port = port->next) {
        hub->faults[GAMLP_HUB_STRANGERS] += gamlp_socket_strangers(port->socket);
        receive(hub, port, NULL, port->socket);
    }
    double now = gamlp_clock();
    for (gamlp_link *link = hub->links; link; link = link->next) {
        if (!link->port && link->socket) receive(hub, NULL, link, link->socket);
        gamlp_pump_link(link, now);
    }
    return changed;
}

/* What to wait for, and how long at most. */
static double prepare(gamlp_poll *poll, int *count, int most, const gamlp_hub *hub) {
    static const double retry = 1e-3; /* a ROUTER cannot tell when it has room for one peer */
    double now = gamlp_clock(), seconds = 1;
    *count = 0;
    if (hub->judge) poll[(*count)++] = (gamlp_poll){hub->judge, false};
    for (const gamlp_port *port = hub->ports; port && *count < most; port = port->next)
        poll[(*count)++] = (gamlp_poll){port->socket, false};
    for (const gamlp_link *link = hub->links; link && *count < most; link = link->next) {
        double left = gamlp_machine_deadline(&link->machine) - now;
        if (!link->port && link->socket)
            poll[(*count)++] = (gamlp_poll){link->socket, link->blocked};
        else if (link->blocked && gamlp_machine_has_frame(&link->machine))
            left = left < retry ? left : retry;
        bool reachable = link->port || link->socket;
        if (reachable && !link->blocked && gamlp_machine_has_frame(&link->machine)) left = 0;
        if (left < seconds) seconds = left;
    }
    return seconds > 0 ? seconds : 0;
}

static void *run(void *context) {
    enum { MOST = 250 };
    gamlp_hub *hub = context;
    gamlp_poll poll[MOST];
    int count = 0;
    pthread_mutex_lock(&hub->mutex);
    while (!hub->stop) {
        if (pump(hub)) pthread_cond_broadcast(&hub->changed);
        double seconds = prepare(poll, &count, MOST, hub);
        pthread_mutex_unlock(&hub->mutex);
        gamlp_socket_poll(poll, count, hub->wake[0], seconds);
        drain_wake(hub);
        pthread_mutex_lock(&hub->mutex);
    }
    pthread_mutex_unlock(&hub->mutex);
    return NULL;
}

/* ZeroMQ allocates each chunk that comes.  glibc keeps such memory once it has seen 32 MiB freed at
 * once; without that every chunk costs 256 page faults. */
static void keep_freed_memory(void) {
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
    enum { LARGEST = 32 << 20 };
    mallopt(M_MMAP_THRESHOLD, LARGEST);
    mallopt(M_TRIM_THRESHOLD, 2 * LARGEST);
#endif
}

static gamlp_status open_wake(gamlp_hub *hub) {
    if (pipe2(hub->wake, O_CLOEXEC | O_NONBLOCK) == 0) return GAMLP_OK;
    hub->wake[0] = hub->wake[1] = -1;
    return gamlp_fail(GAMLP_E_IO, "no pipe: %s", strerror(errno));
}

static gamlp_status copy_keys(gamlp_hub *hub, const gamlp_hub_options *o) {
    gamlp_status status = GAMLP_OK;
    gamlp_socket_options judge = {.kind = GAMLP_SOCKET_REPLY, .endpoint = "inproc://zeromq.zap.01"};
    if (!o->keys) return GAMLP_OK;
    hub->keys = *o->keys;
    hub->options.keys = &hub->keys;
    for (int64_t i = 0; o->ring && i < o->ring->count; i++)
        GAMLP_TRY(gamlp_keyring_add(&hub->ring, o->ring->key[i]));
    GAMLP_TRY(gamlp_socket_open(&hub->judge, hub->context, &judge));
done:
    return status;
}

static gamlp_status start_thread(gamlp_hub *hub) {
    pthread_mutex_init(&hub->mutex, NULL);
    gamlp_clock_condition(&hub->changed);
    int error = pthread_create(&hub->thread, NULL, run, hub);
    if (error == 0) return GAMLP_OK;
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->mutex);
    return gamlp_fail(GAMLP_E_INTERNAL, "no thread for the links: %s", strerror(error));
}

static void clear(gamlp_hub *hub) {
    gamlp_socket_close(hub->judge);
    if (!hub->options.shared) gamlp_context_free(hub->context);
    for (int i = 0; i < 2; i++)
        if (hub->wake[i] >= 0) close(hub->wake[i]);
    gamlp_keyring_clear(&hub->ring);
    explicit_bzero(hub, sizeof *hub); /* its keys */
    gamlp_free(hub);
}

gamlp_status gamlp_hub_new(gamlp_hub **hub, const gamlp_hub_options *options) {
    gamlp_hub *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    *hub = NULL;
    pthread_once(&once, keep_freed_memory);
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a hub of links"));
    fresh->options = *options;
    fresh->options.keys = NULL;
    fresh->options.ring = NULL;
    fresh->wake[0] = fresh->wake[1] = -1;
    if (options->shared)
        fresh->context = options->shared->context;
    else
        GAMLP_TRY(gamlp_context_new(&fresh->context));
    GAMLP_TRY(copy_keys(fresh, options));
    GAMLP_TRY(open_wake(fresh));
    GAMLP_TRY(start_thread(fresh));
    *hub = fresh;
    fresh = NULL;
done:
    if (fresh) clear(fresh);
    return status;
}

void gamlp_hub_free(gamlp_hub *hub) {
    if (!hub) return;
    while (hub->links) gamlp_link_free(hub->links);
    while (hub->ports) gamlp_port_free(hub->ports);
    pthread_mutex_lock(&hub->mutex);
    hub->stop = true;
    pthread_mutex_unlock(&hub->mutex);
    gamlp_hub_wake(hub);
    pthread_join(hub->thread, NULL);
    pthread_cond_destroy(&hub->changed);
    pthread_mutex_destroy(&hub->mutex);
    clear(hub);
}

void gamlp_hub_progress(gamlp_hub *hub, uint64_t iteration, uint32_t phase) {
    pthread_mutex_lock(&hub->mutex);
    hub->iteration = iteration;
    hub->phase = phase;
    hub->progress++;
    pthread_mutex_unlock(&hub->mutex);
}

gamlp_status gamlp_hub_admit(gamlp_hub *hub, const char *key) {
    pthread_mutex_lock(&hub->mutex);
    gamlp_status status = gamlp_keyring_add(&hub->ring, key);
    pthread_mutex_unlock(&hub->mutex);
    return status;
}

void gamlp_hub_interrupt(gamlp_hub *hub, bool interrupted) {
    pthread_mutex_lock(&hub->mutex);
    hub->interrupted = interrupted;
    pthread_cond_broadcast(&hub->changed);
    pthread_mutex_unlock(&hub->mutex);
}

void gamlp_hub_faults(int64_t count[GAMLP_HUB_COUNTS], gamlp_hub *hub) {
    pthread_mutex_lock(&hub->mutex);
    memcpy(count, hub->faults, sizeof hub->faults);
    pthread_mutex_unlock(&hub->mutex);
}

gamlp_status gamlp_port_bind(gamlp_port **port, gamlp_hub *hub, const char *endpoint) {
    gamlp_port *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    gamlp_socket_options o = {
        .kind = GAMLP_SOCKET_ROUTER, .endpoint = endpoint, .keys = hub->options.keys};
    *port = NULL;
    GAMLP_TRY(gamlp_endpoint_check(endpoint, hub->options.keys || hub->options.insecure));
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a port"));
    GAMLP_TRY(gamlp_socket_open(&fresh->socket, hub->context, &o));
    if (strncmp(endpoint, "inproc:", 7) != 0)
        GAMLP_TRY(gamlp_socket_watch(fresh->socket, hub->context));
    fresh->hub = hub;
    memcpy(fresh->endpoint, gamlp_socket_endpoint(fresh->socket), sizeof fresh->endpoint);
    *port = fresh;
    pthread_mutex_lock(&hub->mutex);
    fresh->next = hub->ports;
    hub->ports = fresh;
    pthread_mutex_unlock(&hub->mutex);
    gamlp_hub_wake(hub);
    fresh = NULL;
done:
    if (fresh) gamlp_socket_close(fresh->socket);
    gamlp_free(fresh);
    return status;
}

void gamlp_port_free(gamlp_port *port) {
    if (!port) return;
    gamlp_hub *hub = port->hub;
    pthread_mutex_lock(&hub->mutex);
    port->freed = true;
    gamlp_hub_wake(hub);
    while (!port->gone) pthread_cond_wait(&hub->changed, &hub->mutex);
    pthread_mutex_unlock(&hub->mutex);
    gamlp_free(port);
}

const char *gamlp_port_endpoint(const gamlp_port *port) {
    return port->endpoint;
}
