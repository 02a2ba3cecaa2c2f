/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/ahead.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/threads.h"

enum { SLOTS = 4, SLOT = 1 << 20, SMALL = 1 << 18 };

/* Slots [first, first + filled), counted modulo SLOTS, are full and belong to the reader, the
 * others to the thread.  The last slot is filled in part, or not at all. */
struct gamlp_ahead {
    gamlp_stream *stream;
    bool threaded;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int first, filled; /* with `ended` and `stopped`: under the mutex */
    bool ended, stopped;
    size_t used; /* bytes taken from the first slot */
    size_t size[SLOTS];
    unsigned char *data[SLOTS];
};

/* The next free slot; -1: there is nothing more to do. */
static int wait_free(gamlp_ahead *a) {
    pthread_mutex_lock(&a->mutex);
    while (a->filled == SLOTS && !a->stopped) pthread_cond_wait(&a->changed, &a->mutex);
    int slot = a->stopped ? -1 : (a->first + a->filled) % SLOTS;
    pthread_mutex_unlock(&a->mutex);
    return slot;
}

static void *run(void *context) {
    gamlp_ahead *a = context;
    bool ended = false;
    while (!ended) {
        int slot = wait_free(a);
        if (slot < 0) break;
        a->size[slot] = gamlp_stream_read(a->stream, a->data[slot], SLOT);
        ended = a->size[slot] < SLOT;
        pthread_mutex_lock(&a->mutex);
        a->filled++;
        a->ended = ended;
        pthread_cond_signal(&a->changed);
        pthread_mutex_unlock(&a->mutex);
    }
    return NULL;
}

static gamlp_status start(gamlp_ahead *a) {
    for (int i = 0; i < SLOTS; i++) {
        gamlp_status status = gamlp_new_raw(&a->data[i], SLOT, 1, "text read ahead");
        if (status != GAMLP_OK) return status;
    }
    if (pthread_mutex_init(&a->mutex, NULL) != 0) return GAMLP_OK;
    if (pthread_cond_init(&a->changed, NULL) != 0) {
        pthread_mutex_destroy(&a->mutex);
        return GAMLP_OK;
    }
    a->threaded = pthread_create(&a->thread, NULL, run, a) == 0;
    if (!a->threaded) {
        pthread_cond_destroy(&a->changed);
        pthread_mutex_destroy(&a->mutex);
    }
    return GAMLP_OK;
}

gamlp_status gamlp_ahead_open(gamlp_ahead **ahead, const char *path) {
    gamlp_status status = gamlp_new(ahead, 1, sizeof **ahead, "a file read ahead");
    if (status != GAMLP_OK) return status;
    GAMLP_TRY(gamlp_stream_open(&(*ahead)->stream, path));
    if (gamlp_threads_get() > 1 && gamlp_stream_size((*ahead)->stream) > SMALL)
        GAMLP_TRY(start(*ahead));
done:
    if (status != GAMLP_OK) {
        gamlp_ahead_close(*ahead);
        *ahead = NULL;
    }
    return status;
}

void gamlp_ahead_close(gamlp_ahead *ahead) {
    if (!ahead) return;
    if (ahead->threaded) {
        pthread_mutex_lock(&ahead->mutex);
        ahead->stopped = true;
        pthread_cond_signal(&ahead->changed);
        pthread_mutex_unlock(&ahead->mutex);
        pthread_join(ahead->thread, NULL);
        pthread_cond_destroy(&ahead->changed);
        pthread_mutex_destroy(&ahead->mutex);
    }
    for (int i = 0; i < SLOTS; i++) gamlp_free(ahead->data[i]);
    gamlp_stream_close(ahead->stream);
    gamlp_free(ahead);
}

/* The first slot, when it has bytes left or is exchanged for one that has; -1: the end. */
static int wait_full(gamlp_ahead *a) {
    int slot = -1;
    pthread_mutex_lock(&a->mutex);
    if (a->filled > 0 && a->used == a->size[a->first] && a->used == SLOT) {
        a->first = (a->first + 1) % SLOTS;
        a->filled--;
        a->used = 0;
        pthread_cond_signal(&a->changed);
    }
    while (a->filled == 0 && !a->ended) pthread_cond_wait(&a->changed, &a->mutex);
    if (a->filled > 0 && a->used < a->size[a->first]) slot = a->first;
    pthread_mutex_unlock(&a->mutex);
    return slot;
}

size_t gamlp_ahead_read(gamlp_ahead *ahead, void *data, size_t size) {
    if (!ahead->threaded) return gamlp_stream_read(ahead->stream, data, size);
    unsigned char *to = data;
    size_t have = 0;
    while (have < size) {
        int slot = wait_full(ahead);
        if (slot < 0) break;
        size_t count = ahead->size[slot] - ahead->used;
        if (count > size - have) count = size - have;
        memcpy(to + have, ahead->data[slot] + ahead->used, count);
        ahead->used += count;
        have += count;
    }
    return have;
}

gamlp_status gamlp_ahead_check(gamlp_ahead *ahead) {
    bool ended = true;
    if (ahead->threaded) {
        pthread_mutex_lock(&ahead->mutex);
        ended = ahead->ended;
        pthread_mutex_unlock(&ahead->mutex);
    }
    return ended ? gamlp_stream_check(ahead->stream) : GAMLP_OK;
}

const gamlp_stream *gamlp_ahead_stream(const gamlp_ahead *ahead) {
    return ahead->stream;
}
