/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random split: the nodes of class c are shuffled by stream c of the seed and
 * the first ones train; the labelled rest, in increasing order, is shuffled by
 * the stream behind the classes and gives the test nodes, then the validation
 * nodes. */
#include "dataset/split.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gamlp/alloc.h"
#include "gamlp/rng.h"

/* As unsigned numbers: a negative index, an error that is found later, goes to the end. */
static void insert(int64_t *node, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        int64_t moved = node[i], k = i;
        for (; k > 0 && (uint64_t)node[k - 1] > (uint64_t)moved; k--) node[k] = node[k - 1];
        node[k] = moved;
    }
}

/* Radix exchange: those without the bit to the front, then both halves by the bit below it. */
static void sort_bits(int64_t *node, int64_t count, int bit) {
    enum { FEW = 24 };
    if (count <= FEW || bit < 0) { /* bit < 0: all are equal */
        insert(node, count);
        return;
    }
    int64_t low = 0, high = count;
    while (low < high) {
        if (((uint64_t)node[low] >> bit & 1) == 0) {
            low++;
        } else {
            int64_t swap = node[low];
            node[low] = node[--high];
            node[high] = swap;
        }
    }
    sort_bits(node, low, bit - 1);
    sort_bits(node + low, count - low, bit - 1);
}

void gamlp_split_sort(int64_t *node, int64_t count) {
    uint64_t all = 0;
    int bit = 63;
    for (int64_t i = 0; i < count; i++) all |= (uint64_t)node[i];
    while (bit >= 0 && (all >> bit & 1) == 0) bit--;
    sort_bits(node, count, bit);
}

void gamlp_split_group(int64_t *start, int64_t *node, const gamlp_dataset *d) {
    for (int64_t i = 0; i < d->nodes; i++)
        if (d->label[i] != GAMLP_UNLABELLED) start[d->label[i] + 2]++;
    for (int64_t c = 0; c < d->classes; c++) start[c + 2] += start[c + 1];
    for (int64_t i = 0; i < d->nodes; i++)
        if (d->label[i] != GAMLP_UNLABELLED) node[start[d->label[i] + 1]++] = i;
}

/* The first of each shuffled class go to train, the other labelled nodes, increasing, to node. */
static gamlp_status draw_train(gamlp_split *split, const gamlp_dataset *d, const int64_t *start,
                               int64_t *node, int64_t *rest, int64_t per_class, uint64_t seed) {
    *rest = 0;
    for (int64_t c = 0; c < d->classes; c++) {
        int64_t size = start[c + 1] - start[c], *own = node + start[c];
        if (size < per_class)
            return gamlp_fail(GAMLP_E_DATA,
                              "%s: class %" PRId64 " has %" PRId64
                              " labelled nodes, the split needs %" PRId64,
                              d->name, c, size, per_class);
        gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_SPLIT, (uint32_t)c), own, size);
        for (int64_t i = 0; i < per_class; i++) split->train[split->train_count++] = own[i];
    }
    gamlp_split_sort(split->train, split->train_count);
    for (int64_t i = 0, t = 0; i < d->nodes; i++) {
        if (t < split->train_count && split->train[t] == i)
            t++;
        else if (d->label[i] != GAMLP_UNLABELLED)
            node[(*rest)++] = i;
    }
    return GAMLP_OK;
}

static gamlp_status fill(gamlp_split *split, const gamlp_dataset *d, int64_t *start, int64_t *node,
                         int64_t per_class, int64_t val, int64_t test, uint64_t seed) {
    gamlp_status status = GAMLP_OK;
    int64_t rest = 0;
    gamlp_split_group(start, node, d);
    GAMLP_TRY(gamlp_new(&split->train, d->classes * per_class, sizeof *node, "training nodes"));
    GAMLP_TRY(draw_train(split, d, start, node, &rest, per_class, seed));
    if (val > rest || test > rest - val)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: %" PRId64 " labelled nodes remain, the split needs %" PRId64
                             " for validation and %" PRId64 " for test",
                             d->name, rest, val, test));
    GAMLP_TRY(gamlp_new(&split->val, val, sizeof *node, "validation nodes"));
    GAMLP_TRY(gamlp_new(&split->test, test, sizeof *node, "test nodes"));
    gamlp_rng_shuffle(gamlp_rng_key(seed, GAMLP_RNG_SPLIT, (uint32_t)d->classes), node, rest);
    memcpy(split->test, node, (size_t)test * sizeof *node);
    memcpy(split->val, node + test, (size_t)val * sizeof *node);
    split->val_count = val;
    split->test_count = test;
    gamlp_split_sort(split->val, val);
    gamlp_split_sort(split->test, test);
done:
    return status;
}

gamlp_status gamlp_dataset_split_random(gamlp_dataset *dataset, int64_t train_per_class,
                                        int64_t val_count, int64_t test_count, uint64_t seed) {
    gamlp_split split = {0};
    int64_t *start = NULL, *node = NULL;
    gamlp_status status = GAMLP_OK;
    if (train_per_class < 1 || val_count < 1 || test_count < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_USAGE,
                             "a split of %" PRId64 " per class + %" PRId64 " + %" PRId64
                             " has an empty part",
                             train_per_class, val_count, test_count));
    if (train_per_class > dataset->nodes || dataset->classes < 1)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA,
                             "%s: %" PRId64 " nodes of %" PRId64 " classes are too few for %" PRId64
                             " per class",
                             dataset->name, dataset->nodes, dataset->classes, train_per_class));
    GAMLP_TRY(gamlp_new(&start, dataset->classes + 2, sizeof *start, "classes"));
    GAMLP_TRY(gamlp_new_raw(&node, dataset->nodes, sizeof *node, "labelled nodes"));
    GAMLP_TRY(fill(&split, dataset, start, node, train_per_class, val_count, test_count, seed));
    snprintf(split.rule, sizeof split.rule, "random:%" PRId64 "+%" PRId64 "+%" PRId64 "@%" PRIu64,
             train_per_class, val_count, test_count, seed);
    gamlp_split_clear(&dataset->split);
    dataset->split = split;
    split = (gamlp_split){0};
done:
    gamlp_split_clear(&split);
    gamlp_free(start);
    gamlp_free(node);
    return status;
}
