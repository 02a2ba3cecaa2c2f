/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runtime/share_out.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "gamlp/alloc.h"

/* Blocks that are needed when none may exceed `most`; more than `shares` when it is too little. */
static int64_t blocks_for(int64_t *last, double most, const gamlp_load *load, int64_t layers,
                          int64_t shares) {
    int64_t count = 0;
    double sum = 0;
    for (int64_t l = 1; l <= layers; l++) {
        if (load[l - 1].operations > most) return shares + 1;
        if (l > 1 && sum + load[l - 1].operations > most) {
            if (last && count < shares) last[count] = l - 1;
            count++;
            sum = 0;
        }
        sum += load[l - 1].operations;
    }
    if (last && count < shares) last[count] = layers;
    return count + 1;
}

/* Fewer blocks than shares: the blocks of most layers are cut. */
static void spread(int64_t *last, int64_t count, int64_t shares) {
    while (count < shares) {
        int64_t widest = 0, size = 0;
        for (int64_t i = 0; i < count; i++) {
            int64_t here = last[i] - (i ? last[i - 1] : 0);
            if (here > size) {
                size = here;
                widest = i;
            }
        }
        for (int64_t i = count; i > widest; i--) last[i] = last[i - 1];
        last[widest] = last[widest + 1] - size / 2;
        count++;
    }
}

/* The fastest cut, whatever it takes, and of such cuts the one whose later blocks are lightest. */
static void share_out_work(int64_t *last, int64_t shares, const gamlp_load *load, int64_t layers) {
    double low = 0, high = 0;
    for (int64_t l = 0; l < layers; l++) high += load[l].operations;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2;
        if (blocks_for(NULL, middle, load, layers, shares) <= shares)
            high = middle;
        else
            low = middle;
    }
    spread(last, blocks_for(last, high, load, layers, shares), shares);
}

/* Whether share i is the first one of its group, neighbours on one host. */
static bool begins(const gamlp_place *place, int64_t i) {
    return i == 0 || place[i].host != place[i - 1].host;
}

/* Bytes for the group of share i: the part of its host's that its numbers make. */
static double group_bytes(const gamlp_place *place, int64_t shares, int64_t i) {
    int64_t first = i, end = i + 1, all = 0;
    while (!begins(place, first)) first--;
    while (end < shares && !begins(place, end)) end++;
    for (int64_t k = 0; k < shares; k++) all += place[k].host == place[i].host;
    return place[i].bytes * (double)(end - first) / (double)all;
}

/* Shares in their places. */
typedef struct fitting {
    const gamlp_load *load;
    int64_t shares, layers;
    double of_one;
    bool *begin;   /* share i is the first one of its group */
    double *group; /* bytes for its group */
    /* After i shares that hold layers 1..l: the least bytes of the group of the last of them, at
     * i (layers + 1) + l, INFINITY where there is no way; and where that share begins, less one. */
    double *used;
    int64_t *from;
} fitting;

static void fitting_clear(fitting *f) {
    gamlp_free(f->begin);
    gamlp_free(f->group);
    gamlp_free(f->used);
    gamlp_free(f->from);
}

static gamlp_status fitting_init(fitting *f, int64_t shares, const gamlp_load *load, int64_t layers,
                                 const gamlp_room *room) {
    int64_t cells = (shares + 1) * (layers + 1);
    gamlp_status status = GAMLP_OK;
    *f = (fitting){.load = load, .shares = shares, .layers = layers, .of_one = room->of_one};
    GAMLP_TRY(gamlp_new(&f->begin, shares, sizeof *f->begin, "shares"));
    GAMLP_TRY(gamlp_new(&f->group, shares, sizeof *f->group, "shares"));
    GAMLP_TRY(gamlp_new(&f->used, cells, sizeof *f->used, "shares"));
    GAMLP_TRY(gamlp_new(&f->from, cells, sizeof *f->from, "shares"));
    for (int64_t i = 0; i < shares; i++) {
        f->begin[i] = room->place && begins(room->place, i);
        f->group[i] = room->place ? group_bytes(room->place, shares, i) : INFINITY;
    }
done:
    if (status != GAMLP_OK) fitting_clear(f);
    return status;
}

/* Share i from layer l + 1 on, as far as `most` operations and its places allow.  What it takes
 * without its upper border only grows with its layers. */
static void extend(const fitting *f, int64_t i, int64_t l, double most) {
    int64_t width = f->layers + 1, end = f->layers - (f->shares - 1 - i);
    double others = f->begin[i] ? 0 : f->used[i * width + l], operations = 0, scratch = 0;
    double room = fmin(f->of_one, f->group[i] - others), sum = GAMLP_SHARE_LEAST + f->load[l].below;
    for (int64_t m = l + 1; m <= end; m++) {
        const gamlp_load *load = &f->load[m - 1];
        double *used = &f->used[(i + 1) * width + m];
        operations += load->operations;
        sum += load->state;
        scratch = fmax(scratch, load->scratch);
        if (operations > most || sum + scratch > room) return;
        double bytes = sum + scratch + load->above;
        bool ends = i + 1 < f->shares || m == f->layers;
        if (!ends || bytes > room || others + bytes >= *used) continue;
        *used = others + bytes;
        f->from[(i + 1) * width + m] = l;
    }
}

/* Whether there is a cut whose shares have at most so many operations. */
static bool fits(const fitting *f, double most) {
    int64_t width = f->layers + 1;
    for (int64_t c = 0; c < (f->shares + 1) * width; c++) f->used[c] = INFINITY;
    f->used[0] = 0;
    for (int64_t i = 0; i < f->shares; i++)
        for (int64_t l = i; l <= f->layers - (f->shares - i); l++)
            if (f->used[i * width + l] < INFINITY) extend(f, i, l, most);
    return f->used[f->shares * width + f->layers] < INFINITY;
}

static gamlp_status refuse(const gamlp_load *load, int64_t shares, int64_t layers,
                           const gamlp_room *room) {
    double most = 0, available = 0;
    int64_t largest = 1;
    for (int64_t l = 1; l <= layers; l++) {
        double bytes = gamlp_share_bytes(load, l, l);
        if (bytes > most) largest = l;
        most = fmax(most, bytes);
    }
    for (int64_t i = 0; room->place && i < shares; i++)
        if (begins(room->place, i)) available += group_bytes(room->place, shares, i);
    if (!room->place || available > (double)shares * room->of_one)
        available = (double)shares * room->of_one;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "no plan of %lld layers fits the memory of %lld workers, %.3g GB in all: one "
                      "worker would need %.3g GB, and layer %lld alone %.3g GB",
                      (long long)layers, (long long)shares, 1e-9 * available,
                      1e-9 * gamlp_share_bytes(load, 1, layers), (long long)largest, 1e-9 * most);
}

static gamlp_status share_out_room(int64_t *last, int64_t shares, const gamlp_load *load,
                                   int64_t layers, const gamlp_room *room) {
    double low = 0, high = 0;
    fitting f;
    gamlp_status status = fitting_init(&f, shares, load, layers, room);
    if (status != GAMLP_OK) return status;
    for (int64_t l = 0; l < layers; l++) high += load[l].operations;
    if (!fits(&f, high)) GAMLP_TRY(refuse(load, shares, layers, room));
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (fits(&f, middle))
            high = middle;
        else
            low = middle;
    }
    fits(&f, high);
    for (int64_t i = shares, l = layers; i > 0; i--) {
        last[i - 1] = l;
        l = f.from[i * (layers + 1) + l];
    }
done:
    fitting_clear(&f);
    return status;
}

/* The first share that does not fit, or -1; *has is what there is for it. */
static int64_t overfull(double *has, const int64_t *last, int64_t shares, const gamlp_load *load,
                        const gamlp_room *room) {
    double used = 0;
    for (int64_t i = 0; i < shares; i++) {
        double bytes = gamlp_share_bytes(load, i ? last[i - 1] + 1 : 1, last[i]);
        used = room->place && !begins(room->place, i) ? used + bytes : bytes;
        double left = room->place ? group_bytes(room->place, shares, i) - (used - bytes) : INFINITY;
        *has = fmin(left, room->of_one);
        if (bytes > *has) return i;
    }
    return -1;
}

gamlp_status gamlp_share_out(int64_t *last, int64_t shares, const gamlp_load *load, int64_t layers,
                             const gamlp_room *room) {
    double has;
    if (shares < 1 || shares > layers)
        return gamlp_fail(GAMLP_E_USAGE, "%lld layers cannot be shared out to %lld workers",
                          (long long)layers, (long long)shares);
    share_out_work(last, shares, load, layers);
    if (overfull(&has, last, shares, load, room) < 0) return GAMLP_OK;
    return share_out_room(last, shares, load, layers, room);
}

static gamlp_status check_plan(const int64_t *last, int64_t shares, const gamlp_load *load,
                               const gamlp_room *room) {
    double has;
    int64_t i = overfull(&has, last, shares, load, room);
    if (i < 0) return GAMLP_OK;
    int64_t first = i ? last[i - 1] + 1 : 1;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "plan: worker %lld needs %.3g GB for layers %lld to %lld, and there are %.3g "
                      "GB for it",
                      (long long)i + 1, 1e-9 * gamlp_share_bytes(load, first, last[i]),
                      (long long)first, (long long)last[i], 1e-9 * fmax(has, 0));
}

/* The shares that --plan says, as far as there are layers. */
static gamlp_status read_plan(int64_t *last, int64_t *shares, const gamlp_ints *plan,
                              int64_t workers, int64_t layers) {
    if (plan->count > workers)
        return gamlp_fail(GAMLP_E_CONFIG, "plan: %lld shares for %lld workers",
                          (long long)plan->count, (long long)workers);
    for (int64_t i = 0; i < plan->count; i++) {
        if (i > 0 && plan->value[i] <= plan->value[i - 1])
            return gamlp_fail(GAMLP_E_CONFIG, "plan: layer %lld after layer %lld",
                              (long long)plan->value[i], (long long)plan->value[i - 1]);
        if (i > 0 && plan->value[i - 1] >= layers) break;
        last[(*shares)++] = plan->value[i] < layers ? plan->value[i] : layers;
    }
    if (last[*shares - 1] < layers)
        return gamlp_fail(GAMLP_E_CONFIG, "plan: ends at layer %lld of %lld",
                          (long long)last[*shares - 1], (long long)layers);
    return GAMLP_OK;
}

gamlp_status gamlp_share_plan(int64_t *last, int64_t *shares, const gamlp_train_options *o,
                              int64_t workers, const gamlp_load *load, int64_t layers,
                              const gamlp_place *place) {
    gamlp_room room = {place, INFINITY};
    int64_t bytes;
    gamlp_status status = GAMLP_OK;
    *shares = 0;
    if (o->worker_memory[0]) {
        GAMLP_TRY(gamlp_option_bytes(&bytes, "worker-memory", o->worker_memory));
        room.of_one = (double)bytes;
    }
    if (o->plan.count == 0) {
        *shares = workers < layers ? workers : layers;
        status = gamlp_share_out(last, *shares, load, layers, &room);
    } else {
        GAMLP_TRY(read_plan(last, shares, &o->plan, workers, layers));
        status = check_plan(last, *shares, load, &room);
    }
done:
    return status;
}
