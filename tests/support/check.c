/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "check.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"

void check_fails(gamlp_status status, gamlp_status expected, const char *text, const char *call) {
    if (status != expected)
        fail_msg("%s: status %s, expected %s (%s)", call, gamlp_status_name(status),
                 gamlp_status_name(expected), gamlp_error_text());
    if (!strstr(gamlp_error_text(), text))
        fail_msg("%s: the sentence \"%s\" lacks \"%s\"", call, gamlp_error_text(), text);
}

void fill_normal(gamlp_dense *a, uint64_t seed) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 0);
    for (int64_t i = 0; i < a->rows * a->cols; i++)
        a->data[i] = (gamlp_real)gamlp_rng_normal(rng, (uint64_t)i);
}

void fill_uniform(gamlp_dense *a, uint64_t seed, double low, double high) {
    gamlp_rng rng = gamlp_rng_key(seed, GAMLP_RNG_TEST, 1);
    for (int64_t i = 0; i < a->rows * a->cols; i++)
        a->data[i] = (gamlp_real)(low + (high - low) * gamlp_rng_uniform(rng, (uint64_t)i));
}

void check_close(const gamlp_dense *a, const gamlp_dense *b, double tolerance, const char *what) {
    if (a->rows != b->rows || a->cols != b->cols)
        fail_msg("%s: shapes %lldx%lld and %lldx%lld", what, (long long)a->rows, (long long)a->cols,
                 (long long)b->rows, (long long)b->cols);
    double largest = 0;
    for (int64_t i = 0; i < b->rows * b->cols; i++) largest = fmax(largest, fabs(b->data[i]));
    for (int64_t i = 0; i < a->rows * a->cols; i++)
        if (!(fabs((double)a->data[i] - b->data[i]) <= tolerance * (1 + largest)))
            fail_msg("%s: element %lld is %.9g, expected %.9g", what, (long long)i,
                     (double)a->data[i], (double)b->data[i]);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where) {
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static struct {
    pid_t owner; /* a forked child leaves them alone */
    int count;
    char path[64][256];
} directories;

void remove_directory(const char *path) {
    char copy[256]; /* path may be an entry of the list, from which it goes */
    snprintf(copy, sizeof copy, "%s", path);
    nftw(copy, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    for (int i = 0; i < directories.count; i++)
        if (strcmp(directories.path[i], copy) == 0)
            memcpy(directories.path[i], directories.path[--directories.count], sizeof copy);
}

static void remove_made(void) {
    while (directories.count > 0 && directories.owner == getpid())
        remove_directory(directories.path[directories.count - 1]);
}

const char *make_directory(void) {
    static char path[256];
    const char *parent = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/gamlp-test-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(path)) fail_msg("cannot make a directory like %s", path);
    if (directories.owner != getpid()) {
        directories.owner = getpid();
        directories.count = 0;
        atexit(remove_made);
    }
    if (directories.count == (int)(sizeof directories.path / sizeof directories.path[0]))
        fail_msg("too many directories");
    memcpy(directories.path[directories.count++], path, sizeof path);
    return path;
}

const char *real_data(void) {
    static char path[4096];
    const char *named = getenv("GAMLP_DATA");
    snprintf(path, sizeof path, "%s", named ? named : GAMLP_TEST_DATA);
    if (access(path, R_OK) != 0) {
        print_message("[  SKIPPED ] needs the real data sets (GAMLP_DATA)\n");
        skip();
    }
    return path;
}

static struct {
    int64_t made, alive, fail_at; /* fail_at: 0 never, else the number of the failing one */
} counter;

static void *counting_acquire(void *context, size_t bytes) {
    (void)context;
    counter.made++;
    if (counter.fail_at && counter.made == counter.fail_at) return NULL;
    void *block = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (block) {
        memset(block, 0xA5, bytes);
        counter.alive++;
    }
    return block;
}

static void counting_release(void *context, void *block) {
    (void)context;
    counter.alive--;
    free(block);
}

static const gamlp_allocator counting = {counting_acquire, counting_release, NULL};

void count_allocations(void) {
    memset(&counter, 0, sizeof counter);
    gamlp_allocator_set(&counting);
}

int64_t allocations_made(void) {
    return counter.made;
}
int64_t allocations_alive(void) {
    return counter.alive;
}
void stop_counting(void) {
    gamlp_allocator_set(NULL);
}

void check_every_allocation(alloc_body body, void *context) {
    for (int64_t fail_at = 1;; fail_at++) {
        count_allocations();
        counter.fail_at = fail_at;
        gamlp_status status = body(context);
        int64_t made = counter.made, alive = counter.alive;
        stop_counting();
        if (alive != 0)
            fail_msg("%lld blocks leak when allocation %lld fails", (long long)alive,
                     (long long)fail_at);
        if (made < fail_at) {
            if (status != GAMLP_OK) fail_msg("fails without cause: %s", gamlp_error_text());
            return;
        }
        if (status != GAMLP_E_NOMEM)
            fail_msg("allocation %lld fails, status %s (%s)", (long long)fail_at,
                     gamlp_status_name(status), gamlp_error_text());
    }
}
