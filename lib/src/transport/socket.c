/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes ZeroMQ's header. */
#include "transport/socket.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "gamlp/alloc.h"

/* ZeroMQ is not instrumented: ThreadSanitizer is told what a message hands over. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
void __tsan_acquire(void *address);
void __tsan_release(void *address);
static char hand_over;
#define HAND_OVER() __tsan_release(&hand_over)
#define TAKE_OVER() __tsan_acquire(&hand_over)
#else
#define HAND_OVER() (void)0
#define TAKE_OVER() (void)0
#endif

_Static_assert(sizeof(zmq_msg_t) <= sizeof(((gamlp_part *)0)->message), "size of a message");

struct gamlp_context {
    void *zmq;
};

struct gamlp_socket {
    void *zmq;
    void *monitor; /* tells of connections, or NULL */
    gamlp_socket_kind kind;
    char endpoint[GAMLP_ENDPOINT];
};

static zmq_msg_t *message_of(gamlp_part *part) {
    return (zmq_msg_t *)(void *)part->message;
}

gamlp_status gamlp_context_new(gamlp_context **context) {
    gamlp_status status = gamlp_new(context, 1, sizeof **context, "a context of sockets");
    if (status != GAMLP_OK) return status;
    (*context)->zmq = zmq_ctx_new();
    if ((*context)->zmq) return GAMLP_OK;
    gamlp_free(*context);
    *context = NULL;
    return gamlp_fail(GAMLP_E_INTERNAL, "ZeroMQ cannot start: %s", zmq_strerror(errno));
}

void gamlp_context_free(gamlp_context *context) {
    if (!context) return;
    while (zmq_ctx_term(context->zmq) != 0 && errno == EINTR) continue;
    TAKE_OVER();
    gamlp_free(context);
}

static int set_int(void *zmq, int option, int value) {
    return zmq_setsockopt(zmq, option, &value, sizeof value);
}

/* Queues of 8 chunks; nothing is queued for nobody, nothing outlives the socket, no part is larger
 * than a chunk (encrypted).  There are no heartbeats of ZeroMQ's: they time out behind large
 * messages. */
static int set_options(void *zmq, gamlp_socket_kind kind, bool ipv6) {
    enum { QUEUE = 8, LARGEST = (1 << 20) + 1024, CONNECT_MS = 5000, FIRST_MS = 50, LAST_MS = 500 };
    int64_t largest = LARGEST;
    int bad = set_int(zmq, ZMQ_LINGER, 0) | set_int(zmq, ZMQ_SNDHWM, QUEUE) |
              set_int(zmq, ZMQ_RCVHWM, QUEUE) |
              zmq_setsockopt(zmq, ZMQ_MAXMSGSIZE, &largest, sizeof largest) |
              set_int(zmq, ZMQ_HANDSHAKE_IVL, CONNECT_MS);
    if (ipv6) bad |= set_int(zmq, ZMQ_IPV6, 1);
    if (kind == GAMLP_SOCKET_ROUTER) bad |= set_int(zmq, ZMQ_ROUTER_MANDATORY, 1);
    if (kind == GAMLP_SOCKET_DEALER)
        bad |= set_int(zmq, ZMQ_IMMEDIATE, 1) | set_int(zmq, ZMQ_RECONNECT_IVL, FIRST_MS) |
               set_int(zmq, ZMQ_RECONNECT_IVL_MAX, LAST_MS) |
               set_int(zmq, ZMQ_CONNECT_TIMEOUT, CONNECT_MS);
    return bad;
}

static int set_text(void *zmq, int option, const char *text) {
    return zmq_setsockopt(zmq, option, text, strlen(text));
}

static int set_keys(void *zmq, const gamlp_socket_options *o) {
    if (!o->keys) return 0;
    int bad = set_text(zmq, ZMQ_CURVE_SECRETKEY, o->keys->secret_key);
    if (o->kind == GAMLP_SOCKET_ROUTER)
        return bad | set_int(zmq, ZMQ_CURVE_SERVER, 1) | set_text(zmq, ZMQ_ZAP_DOMAIN, "gamlp");
    return bad | set_text(zmq, ZMQ_CURVE_PUBLICKEY, o->keys->public_key) |
           set_text(zmq, ZMQ_CURVE_SERVERKEY, o->server_key ? o->server_key : "");
}

static gamlp_status refuse(const gamlp_socket_options *o, const char *what) {
    bool form = errno == EINVAL || errno == EPROTONOSUPPORT || errno == ENODEV ||
                errno == ENAMETOOLONG || errno == EPROTONOSUPPORT;
    return gamlp_fail(form ? GAMLP_E_CONFIG : GAMLP_E_IO, "cannot %s %s: %s", what, o->endpoint,
                      zmq_strerror(errno));
}

static gamlp_status attach(gamlp_socket *s, const gamlp_socket_options *o) {
    size_t size = sizeof s->endpoint;
    if (o->kind == GAMLP_SOCKET_DEALER)
        return zmq_connect(s->zmq, o->endpoint) == 0 ? GAMLP_OK : refuse(o, "connect to");
    if (zmq_bind(s->zmq, o->endpoint) != 0) return refuse(o, "bind");
    if (zmq_getsockopt(s->zmq, ZMQ_LAST_ENDPOINT, s->endpoint, &size) != 0)
        return refuse(o, "find the address of");
    return GAMLP_OK;
}

gamlp_status gamlp_socket_open(gamlp_socket **socket, gamlp_context *context,
                               const gamlp_socket_options *o) {
    static const int type[] = {ZMQ_ROUTER, ZMQ_DEALER, ZMQ_REP};
    gamlp_socket *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    *socket = NULL;
    if (strnlen(o->endpoint, GAMLP_ENDPOINT) == GAMLP_ENDPOINT)
        return gamlp_fail(GAMLP_E_CONFIG, "an endpoint of more than %d characters",
                          GAMLP_ENDPOINT - 1);
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a socket"));
    fresh->kind = o->kind;
    memcpy(fresh->endpoint, o->endpoint, strlen(o->endpoint));
    fresh->zmq = zmq_socket(context->zmq, type[o->kind]);
    if (!fresh->zmq) GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "no socket: %s", zmq_strerror(errno)));
    if (set_options(fresh->zmq, o->kind, strchr(o->endpoint, '[')) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_INTERNAL, "ZeroMQ refuses an option of a socket: %s",
                             zmq_strerror(errno)));
    if (set_keys(fresh->zmq, o) != 0)
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "ZeroMQ refuses the CURVE keys for %s", o->endpoint));
    GAMLP_TRY(attach(fresh, o));
    *socket = fresh;
    fresh = NULL;
done:
    gamlp_socket_close(fresh);
    return status;
}

void gamlp_socket_close(gamlp_socket *s) {
    if (!s) return;
    if (s->monitor) zmq_socket_monitor(s->zmq, NULL, 0);
    if (s->monitor) zmq_close(s->monitor);
    if (s->zmq) zmq_close(s->zmq);
    gamlp_free(s);
}

const char *gamlp_socket_endpoint(const gamlp_socket *s) {
    return s->endpoint;
}

/* A queue without an end: ZeroMQ's own thread waits when that of a monitor is full. */
gamlp_status gamlp_socket_watch(gamlp_socket *s, gamlp_context *context) {
    static atomic_uint number;
    enum { EVENTS = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED };
    char name[64];
    snprintf(name, sizeof name, "inproc://connections-%u", atomic_fetch_add(&number, 1));
    if (zmq_socket_monitor(s->zmq, name, EVENTS) != 0)
        return gamlp_fail(GAMLP_E_IO, "connections to %s are not told: %s", s->endpoint,
                          zmq_strerror(errno));
    s->monitor = zmq_socket(context->zmq, ZMQ_PAIR);
    if (s->monitor && set_int(s->monitor, ZMQ_LINGER, 0) == 0 &&
        set_int(s->monitor, ZMQ_RCVHWM, 0) == 0 && zmq_connect(s->monitor, name) == 0)
        return GAMLP_OK;
    return gamlp_fail(GAMLP_E_IO, "connections to %s cannot be heard: %s", s->endpoint,
                      zmq_strerror(errno));
}

static int send_copy(void *zmq, const void *bytes, size_t size, int flags) {
    int done;
    do done = zmq_send(zmq, bytes, size, flags | ZMQ_DONTWAIT);
    while (done < 0 && errno == EINTR);
    return done < 0 ? -1 : 0;
}

static gamlp_sending why(void) {
    if (errno == EAGAIN) return GAMLP_SENDING_BLOCKED;
    return errno == EHOSTUNREACH ? GAMLP_SENDING_UNREACHABLE : GAMLP_SENDING_FAILED;
}

static gamlp_sending give_up(const gamlp_outgoing *frame, gamlp_sending outcome) {
    if (frame->release) frame->release((void *)(uintptr_t)frame->payload, frame->context);
    return outcome;
}

/* After the first part of a message the others are always taken. */
static gamlp_sending send_payload(void *zmq, const gamlp_outgoing *frame) {
    zmq_msg_t message;
    if (!frame->release ||
        zmq_msg_init_data(&message, (void *)(uintptr_t)frame->payload, frame->payload_size,
                          frame->release, frame->context) != 0) {
        bool sent = send_copy(zmq, frame->payload, frame->payload_size, 0) == 0;
        return give_up(frame, sent ? GAMLP_SENDING_DONE : GAMLP_SENDING_FAILED);
    }
    int done;
    do done = zmq_msg_send(&message, zmq, ZMQ_DONTWAIT);
    while (done < 0 && errno == EINTR);
    if (done < 0) zmq_msg_close(&message);
    return done < 0 ? GAMLP_SENDING_FAILED : GAMLP_SENDING_DONE;
}

gamlp_sending gamlp_socket_send(gamlp_socket *s, const gamlp_route *route,
                                const gamlp_outgoing *frame) {
    HAND_OVER();
    if (route && send_copy(s->zmq, route->bytes, route->size, ZMQ_SNDMORE) != 0)
        return give_up(frame, why());
    if (send_copy(s->zmq, frame->header, frame->header_size, ZMQ_SNDMORE) != 0)
        return give_up(frame, route ? GAMLP_SENDING_FAILED : why());
    return send_payload(s->zmq, frame);
}

bool gamlp_socket_reply(gamlp_socket *s, const void *const *part, const size_t *size, int count) {
    for (int i = 0; i < count; i++)
        if (send_copy(s->zmq, part[i], size[i], i + 1 < count ? ZMQ_SNDMORE : 0) != 0) return false;
    return true;
}

static bool recv_part(gamlp_part *part, void *zmq) {
    zmq_msg_t *message = message_of(part);
    int got;
    zmq_msg_init(message);
    do got = zmq_msg_recv(message, zmq, ZMQ_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        zmq_msg_close(message);
        return false;
    }
    part->bytes = zmq_msg_data(message);
    part->size = zmq_msg_size(message);
    return true;
}

/* A route of a length that no peer of ours has is nobody's. */
static void set_route(gamlp_route *route, const gamlp_part *part) {
    *route = (gamlp_route){0};
    if (part->size > GAMLP_ROUTE) return;
    route->size = (uint8_t)part->size;
    if (part->size > 0) memcpy(route->bytes, part->bytes, part->size);
}

bool gamlp_socket_recv(gamlp_parts *parts, gamlp_socket *s) {
    bool more = true, routed = s->kind == GAMLP_SOCKET_ROUTER;
    parts->count = 0;
    parts->too_many = false;
    parts->route = (gamlp_route){0};
    for (int received = 0; more; received++) {
        gamlp_part extra, *part = &extra;
        bool is_route = routed && received == 0;
        if (!is_route && parts->count < GAMLP_PARTS) part = &parts->part[parts->count];
        if (!recv_part(part, s->zmq)) return received > 0;
        more = zmq_msg_more(message_of(part));
        if (is_route) set_route(&parts->route, part);
        if (part == &extra) zmq_msg_close(message_of(part));
        if (part == &extra && !is_route) parts->too_many = true;
        if (part != &extra) parts->count++;
    }
    TAKE_OVER();
    return true;
}

/* An event's first part begins with its number, the second one is the endpoint. */
int64_t gamlp_socket_strangers(gamlp_socket *s) {
    int64_t strangers = 0;
    gamlp_part part;
    while (s->monitor && recv_part(&part, s->monitor)) {
        uint16_t event = 0;
        if (part.size >= sizeof event) memcpy(&event, part.bytes, sizeof event);
        bool is_event = zmq_msg_more(message_of(&part));
        gamlp_part_clear(&part);
        if (is_event) strangers += event == ZMQ_EVENT_ACCEPTED ? 1 : -1;
    }
    return strangers;
}

void gamlp_parts_clear(gamlp_parts *parts) {
    for (int i = 0; i < parts->count; i++) zmq_msg_close(message_of(&parts->part[i]));
    parts->count = 0;
}

void gamlp_part_move(gamlp_part *to, gamlp_part *from) {
    zmq_msg_init(message_of(to));
    zmq_msg_move(message_of(to), message_of(from));
    to->bytes = zmq_msg_data(message_of(to));
    to->size = zmq_msg_size(message_of(to));
}

void gamlp_part_clear(gamlp_part *part) {
    zmq_msg_close(message_of(part));
    zmq_msg_init(message_of(part));
    part->size = 0;
}

void gamlp_socket_poll(const gamlp_poll *poll, int count, int wake, double seconds) {
    enum { MOST = 256, LONGEST_MS = 1000 };
    zmq_pollitem_t item[MOST];
    int used = 0;
    if (count > MOST - 1) count = MOST - 1;
    for (; used < count; used++)
        item[used] = (zmq_pollitem_t){
            .socket = poll[used].socket->zmq,
            .events = (short)(ZMQ_POLLIN | (poll[used].wants_room ? ZMQ_POLLOUT : 0))};
    for (int i = 0; i < count && used < MOST - 1; i++)
        if (poll[i].socket->monitor)
            item[used++] =
                (zmq_pollitem_t){.socket = poll[i].socket->monitor, .events = ZMQ_POLLIN};
    if (wake >= 0) item[used++] = (zmq_pollitem_t){.fd = wake, .events = ZMQ_POLLIN};
    double ms = 1000 * seconds + 0.999;
    zmq_poll(item, used, ms < 0 ? 0 : ms > LONGEST_MS ? LONGEST_MS : (long)ms);
}

gamlp_status gamlp_keypair_new(gamlp_keypair *keys) {
    *keys = (gamlp_keypair){0};
    if (zmq_curve_keypair(keys->public_key, keys->secret_key) == 0) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_INTERNAL, "ZeroMQ makes no CURVE keys: %s", zmq_strerror(errno));
}

gamlp_status gamlp_keypair_of(gamlp_keypair *keys, const char *secret_key) {
    *keys = (gamlp_keypair){0};
    if (!gamlp_key_check(secret_key) || zmq_curve_public(keys->public_key, secret_key) != 0)
        return gamlp_fail(GAMLP_E_CONFIG, "a secret key has other than 40 characters of Z85");
    memcpy(keys->secret_key, secret_key, GAMLP_KEY);
    return GAMLP_OK;
}

void gamlp_key_text(char text[GAMLP_KEY], const uint8_t bytes[32]) {
    zmq_z85_encode(text, bytes, 32);
}
