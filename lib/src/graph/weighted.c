/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graph/weighted.h"

#include "gamlp/alloc.h"

gamlp_status gamlp_weighted_init(gamlp_weighted *w, int64_t room) {
    *w = (gamlp_weighted){.room = room};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new_raw(&w->cumulative, room, sizeof *w->cumulative, "weights"));
    GAMLP_TRY(gamlp_new_raw(&w->guide, room + 1, sizeof *w->guide, "weights"));
done:
    return status;
}

void gamlp_weighted_clear(gamlp_weighted *w) {
    if (!w) return;
    gamlp_free(w->cumulative);
    gamlp_free(w->guide);
    *w = (gamlp_weighted){0};
}

/* guide[b]: the first i whose sum exceeds b / count of the total. */
void gamlp_weighted_set(gamlp_weighted *w, const double *weight, const int32_t *member,
                        int64_t count) {
    double sum = 0;
    w->count = count;
    for (int64_t i = 0; i < count; i++) w->cumulative[i] = sum += weight[member ? member[i] : i];
    for (int64_t b = 0, i = 0; b <= count; b++) {
        double goal = sum * ((double)b / (double)count);
        while (i < count - 1 && w->cumulative[i] <= goal) i++;
        w->guide[b] = (int32_t)i;
    }
}

/* The guides only narrow the search: rounding may put the answer just outside of them. */
int64_t gamlp_weighted_find(const gamlp_weighted *w, double u) {
    const double *cumulative = w->cumulative;
    double goal = u * cumulative[w->count - 1];
    int64_t bucket = (int64_t)(u * (double)w->count);
    if (bucket >= w->count) bucket = w->count - 1;
    int64_t low = w->guide[bucket], high = w->guide[bucket + 1];
    while (low > 0 && cumulative[low - 1] > goal) low--;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (cumulative[middle] > goal)
            high = middle;
        else
            low = middle + 1;
    }
    while (low < w->count - 1 && cumulative[low] <= goal) low++;
    return low;
}
