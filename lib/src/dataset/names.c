/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table with open addressing, at most half full. */
#include "dataset/names.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "gamlp/alloc.h"

enum { FIRST_SLOTS = 64, FIRST_TEXTS = 32, FIRST_ROOM = 512 };

typedef struct gamlp_names_slot {
    uint32_t tag;  /* upper half of the hash      */
    int32_t place; /* number of the text + 1, or 0 */
} slot;

void gamlp_names_clear(gamlp_names *names) {
    if (!names) return;
    gamlp_free(names->text);
    gamlp_free(names->start);
    gamlp_free(names->slot);
    *names = (gamlp_names){0};
}

static int64_t size_of(const gamlp_names *names, int64_t index) {
    return names->start[index + 1] - names->start[index] - 1;
}

/* The slot of a text, or the empty one where it belongs. */
static slot *seek(const gamlp_names *names, const char *text, size_t size, uint64_t hash) {
    uint32_t tag = (uint32_t)(hash >> 32);
    uint64_t mask = (uint64_t)names->slots - 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
        slot *s = &names->slot[at];
        if (s->place == 0) return s;
        int64_t index = s->place - 1;
        if (s->tag == tag && (uint64_t)size_of(names, index) == size &&
            memcmp(names->text + names->start[index], text, size) == 0)
            return s;
    }
}

static gamlp_status grow_slots(gamlp_names *names) {
    int64_t slots = names->slots ? 2 * names->slots : FIRST_SLOTS;
    gamlp_names fresh = *names;
    gamlp_status status = GAMLP_OK;
    if (names->slots == 0) GAMLP_TRY(gamlp_hash_key(fresh.key));
    GAMLP_TRY(gamlp_new(&fresh.slot, slots, sizeof(slot), "a table of names"));
    fresh.slots = slots;
    for (int64_t i = 0; i < names->count; i++) {
        const char *text = names->text + names->start[i];
        size_t size = (size_t)size_of(names, i);
        uint64_t hash = gamlp_hash_short(text, size, fresh.key), mask = (uint64_t)slots - 1;
        uint64_t at = hash & mask;
        while (fresh.slot[at].place) at = (at + 1) & mask;
        fresh.slot[at] = (slot){(uint32_t)(hash >> 32), (int32_t)(i + 1)};
    }
    gamlp_free(names->slot);
    *names = fresh;
done:
    return status;
}

/* Room for one more text of `size` bytes. */
static gamlp_status make_room(gamlp_names *names, int64_t size) {
    gamlp_status status = GAMLP_OK;
    int64_t used = names->count ? names->start[names->count] : 0, room = names->start_room;
    if (names->count + 2 > room) {
        room = room ? 2 * room : FIRST_TEXTS;
        GAMLP_TRY(
            gamlp_grow(&names->start, names->start_room, room, sizeof *names->start, "names"));
        names->start_room = room;
        if (names->count == 0) names->start[0] = 0;
    }
    if (used + size + 1 > names->text_room) {
        room = 2 * (used + size) + FIRST_ROOM;
        GAMLP_TRY(gamlp_grow(&names->text, used, room, 1, "names"));
        names->text_room = room;
    }
    if (2 * (names->count + 1) > names->slots) GAMLP_TRY(grow_slots(names));
done:
    return status;
}

gamlp_status gamlp_names_add(int64_t *index, gamlp_names *names, const char *text, size_t size) {
    *index = gamlp_names_find(names, text, size);
    if (*index >= 0) return GAMLP_OK;
    if (names->count >= INT32_MAX - 1 || size > INT32_MAX)
        return gamlp_fail(GAMLP_E_DATA, "more than %d names, or one of %zu bytes, are too many",
                          INT32_MAX - 1, size);
    gamlp_status status = make_room(names, (int64_t)size);
    if (status != GAMLP_OK) return status;
    uint64_t hash = gamlp_hash_short(text, size, names->key);
    slot *s = seek(names, text, size, hash);
    char *copy = names->text + names->start[names->count];
    if (size > 0) memcpy(copy, text, size);
    copy[size] = 0;
    *index = names->count++;
    names->start[names->count] = names->start[*index] + (int64_t)size + 1;
    *s = (slot){(uint32_t)(hash >> 32), (int32_t)names->count};
    return GAMLP_OK;
}

int64_t gamlp_names_find(const gamlp_names *names, const char *text, size_t size) {
    if (names->slots == 0) return -1;
    return (int64_t)seek(names, text, size, gamlp_hash_short(text, size, names->key))->place - 1;
}

const char *gamlp_names_text(const gamlp_names *names, int64_t index) {
    return index < 0 || index >= names->count ? NULL : names->text + names->start[index];
}

/* Sorting. */

typedef struct item {
    const char *text;
    int64_t index;
    bool negative;
    const char *digit; /* the first that is not 0 */
    int64_t digits;
} item;

/* [+-]digits[.000] */
static bool parse_integer(item *it) {
    const char *at = it->text;
    it->negative = *at == '-';
    if (*at == '-' || *at == '+') at++;
    const char *from = at;
    while (*at >= '0' && *at <= '9') at++;
    if (at == from) return false;
    while (*from == '0') from++;
    it->digit = from;
    it->digits = at > from ? at - from : 0;
    if (it->digits == 0) it->negative = false;
    if (*at == '.') at++;
    while (*at == '0') at++;
    return *at == 0;
}

static int by_bytes(const void *a, const void *b) {
    const item *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static int by_value(const void *a, const void *b) {
    const item *x = a, *y = b;
    int order = (int)y->negative - (int)x->negative;
    if (order) return order;
    order = (x->digits > y->digits) - (x->digits < y->digits);
    if (!order && x->digits > 0) order = memcmp(x->digit, y->digit, (size_t)x->digits);
    if (order) return x->negative ? -order : order;
    return by_bytes(a, b);
}

gamlp_status gamlp_names_sorted(int64_t **rank, const gamlp_names *names) {
    item *items = NULL;
    bool integers = true;
    gamlp_status status = GAMLP_OK;
    *rank = NULL;
    GAMLP_TRY(gamlp_new(&items, names->count, sizeof *items, "sorted names"));
    for (int64_t i = 0; i < names->count; i++) {
        items[i] = (item){.text = gamlp_names_text(names, i), .index = i};
        if (!parse_integer(&items[i])) integers = false;
    }
    GAMLP_TRY(gamlp_new_raw(rank, names->count, sizeof **rank, "sorted names"));
    if (names->count > 1)
        qsort(items, (size_t)names->count, sizeof *items, integers ? by_value : by_bytes);
    for (int64_t i = 0; i < names->count; i++) (*rank)[items[i].index] = i;
done:
    gamlp_free(items);
    return status;
}

static gamlp_status check_texts(const gamlp_names *names, const char *what) {
    if (names->count == 0) return gamlp_fail(GAMLP_E_DATA, "%s: no node has a label", what);
    for (int64_t i = 0; i < names->count; i++)
        if (gamlp_text_bad_byte(gamlp_names_text(names, i)) >= 0)
            return gamlp_fail(GAMLP_E_DATA, "%s: the name of class %lld is not UTF-8", what,
                              (long long)i);
    return GAMLP_OK;
}

gamlp_status gamlp_names_to_classes(gamlp_dataset *dataset, const gamlp_names *names,
                                    const char *what) {
    int64_t *rank = NULL;
    char **text = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(check_texts(names, what));
    GAMLP_TRY(gamlp_names_sorted(&rank, names));
    GAMLP_TRY(gamlp_new(&text, names->count, sizeof *text, "names of classes"));
    for (int64_t i = 0; i < names->count; i++)
        GAMLP_TRY(gamlp_strdup(&text[rank[i]], gamlp_names_text(names, i)));
    for (int64_t i = 0; i < dataset->nodes; i++)
        if (dataset->label[i] != GAMLP_UNLABELLED)
            dataset->label[i] = (int32_t)rank[dataset->label[i]];
    dataset->classes = names->count;
    dataset->class_name = text;
    text = NULL;
done:
    for (int64_t i = 0; text && i < names->count; i++) gamlp_free(text[i]);
    gamlp_free(text);
    gamlp_free(rank);
    return status;
}
