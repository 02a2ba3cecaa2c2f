/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing, memory and walks; the opcodes are in pickle_opcode.c. */
#include "dataset/pickle.h"

#include <string.h>

#include "dataset/pickle_machine.h"
#include "gamlp/alloc.h"

gamlp_status gamlp_pickle_fail(const gamlp_pickle *p, const char *sentence) {
    return gamlp_fail(GAMLP_E_DATA, "%s: byte %zu: %s", p->what, p->start, sentence);
}

static gamlp_status reserve(gamlp_pickle_pool *pool, uint64_t more, size_t size) {
    uint64_t need = pool->count + more;
    if (need <= pool->capacity) return GAMLP_OK;
    uint64_t capacity = pool->capacity < 32 ? 64 : 2 * (uint64_t)pool->capacity;
    if (capacity < need) capacity = need;
    if (capacity > UINT32_MAX) return gamlp_fail(GAMLP_E_NOMEM, "a pickle has too many values");
    gamlp_status status =
        gamlp_grow(&pool->data, pool->count, (int64_t)capacity, size, "values of a pickle");
    if (status == GAMLP_OK) pool->capacity = (uint32_t)capacity;
    return status;
}

gamlp_status gamlp_pickle_take(gamlp_pickle *p, uint64_t count, const unsigned char **bytes) {
    if (count > p->size - p->at)
        return gamlp_fail(GAMLP_E_DATA, "%s: byte %zu: needs %llu more bytes, the file has %zu",
                          p->what, p->start, (unsigned long long)count, p->size - p->at);
    *bytes = p->data + p->at;
    p->at += (size_t)count;
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_take_uint(gamlp_pickle *p, int bytes, uint64_t *value) {
    const unsigned char *b = NULL;
    gamlp_status status = gamlp_pickle_take(p, (uint64_t)bytes, &b);
    if (status != GAMLP_OK) return status;
    *value = 0;
    for (int i = 0; i < bytes; i++) *value |= (uint64_t)b[i] << (8 * i);
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_take_line(gamlp_pickle *p, const unsigned char **line, uint32_t *size) {
    const unsigned char *from = p->data + p->at;
    const unsigned char *end = p->at < p->size ? memchr(from, '\n', p->size - p->at) : NULL;
    if (!end) return gamlp_pickle_fail(p, "the file ends within a line");
    *line = from;
    *size = (uint32_t)(end - from);
    p->at += (size_t)*size + 1;
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_text_room(gamlp_pickle *p, uint64_t size, unsigned char **room) {
    if (!p->text) {
        gamlp_status status = gamlp_new_raw(&p->text, 4 * (int64_t)p->size, 1, "texts of a pickle");
        if (status != GAMLP_OK) return status;
    }
    if (size > 4 * p->size - p->text_used)
        return gamlp_pickle_fail(p, "converts more text than the file holds");
    *room = p->text + p->text_used;
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_push(gamlp_pickle *p, gamlp_pickle_value value) {
    gamlp_status status = reserve(&p->stack, 1, sizeof value);
    if (status != GAMLP_OK) return status;
    ((gamlp_pickle_value *)p->stack.data)[p->stack.count++] = value;
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_push_int(gamlp_pickle *p, gamlp_pickle_kind kind, int64_t integer) {
    return gamlp_pickle_push(p, (gamlp_pickle_value){.kind = kind, .as.integer = integer});
}

gamlp_status gamlp_pickle_push_text(gamlp_pickle *p, const unsigned char *text, uint64_t size) {
    gamlp_pickle_value value = {.kind = GAMLP_PICKLE_TEXT, .size = (uint32_t)size};
    value.as.text = text;
    return gamlp_pickle_push(p, value);
}

static gamlp_pickle_value *stack_of(const gamlp_pickle *p) {
    return p->stack.data;
}

gamlp_status gamlp_pickle_pop(gamlp_pickle *p, gamlp_pickle_value *value) {
    *value = (gamlp_pickle_value){0};
    if (p->stack.count == 0 || stack_of(p)[p->stack.count - 1].kind == GAMLP_PICKLE_MARK)
        return gamlp_pickle_fail(p, "the stack has no value for this opcode");
    *value = stack_of(p)[--p->stack.count];
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_find_mark(const gamlp_pickle *p, uint32_t *first) {
    uint32_t i = p->stack.count;
    while (i > 0 && stack_of(p)[i - 1].kind != GAMLP_PICKLE_MARK) i--;
    *first = i;
    return i > 0 ? GAMLP_OK : gamlp_pickle_fail(p, "the stack has no mark for this opcode");
}

gamlp_status gamlp_pickle_make(gamlp_pickle *p, gamlp_pickle_kind kind, gamlp_pickle_class class_,
                               gamlp_pickle_value *value) {
    gamlp_status status = reserve(&p->records, 1, sizeof(gamlp_pickle_record));
    if (status != GAMLP_OK) return status;
    gamlp_pickle_record *records = p->records.data;
    records[p->records.count] =
        (gamlp_pickle_record){class_, 0, GAMLP_PICKLE_END, GAMLP_PICKLE_END};
    *value = (gamlp_pickle_value){.kind = kind, .as.record = p->records.count++};
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_move(gamlp_pickle *p, const gamlp_pickle_value *container,
                               uint32_t first) {
    uint32_t count = p->stack.count - first, from = p->items.count;
    gamlp_status status = reserve(&p->items, count, sizeof(gamlp_pickle_value));
    if (status == GAMLP_OK) status = reserve(&p->chunks, 1, sizeof(gamlp_pickle_chunk));
    if (status != GAMLP_OK || count == 0) return status;
    memcpy((gamlp_pickle_value *)p->items.data + from, stack_of(p) + first,
           count * sizeof(gamlp_pickle_value));
    p->items.count += count;
    p->stack.count = first;
    gamlp_pickle_record *record = (gamlp_pickle_record *)p->records.data + container->as.record;
    gamlp_pickle_chunk *chunks = p->chunks.data;
    record->length += count;
    gamlp_pickle_chunk *last = record->length > count ? &chunks[record->last] : NULL;
    if (last && last->first + last->count == from) {
        last->count += count;
        return GAMLP_OK;
    }
    chunks[p->chunks.count] = (gamlp_pickle_chunk){from, count, GAMLP_PICKLE_END};
    if (last)
        last->next = p->chunks.count;
    else
        record->first = p->chunks.count;
    record->last = p->chunks.count++;
    return GAMLP_OK;
}

/* Python numbers the memo from 0 or 1 without gaps, so an index cannot exceed the bytes. */
gamlp_status gamlp_pickle_memo_put(gamlp_pickle *p, uint64_t index) {
    if (p->stack.count == 0 || stack_of(p)[p->stack.count - 1].kind == GAMLP_PICKLE_MARK)
        return gamlp_pickle_fail(p, "the stack has no value for this opcode");
    if (index >= p->size) return gamlp_pickle_fail(p, "memo index out of range");
    if (index >= p->memo.count) {
        uint64_t more = index + 1 - p->memo.count;
        gamlp_status status = reserve(&p->memo, more, sizeof(gamlp_pickle_value));
        if (status != GAMLP_OK) return status;
        gamlp_pickle_value *memo = p->memo.data;
        for (uint64_t i = p->memo.count; i <= index; i++)
            memo[i] = (gamlp_pickle_value){.kind = GAMLP_PICKLE_MARK};
        p->memo.count = (uint32_t)index + 1;
    }
    ((gamlp_pickle_value *)p->memo.data)[index] = stack_of(p)[p->stack.count - 1];
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_memo_get(gamlp_pickle *p, uint64_t index) {
    const gamlp_pickle_value *memo = p->memo.data;
    if (index >= p->memo.count || memo[index].kind == GAMLP_PICKLE_MARK)
        return gamlp_pickle_fail(p, "nothing was stored under this memo index");
    return gamlp_pickle_push(p, memo[index]);
}

static gamlp_status run_all(gamlp_pickle *p) {
    while (!p->stopped) {
        p->start = p->at;
        if (p->at >= p->size) return gamlp_pickle_fail(p, "the file ends before the pickle does");
        p->at++;
        gamlp_status status = gamlp_pickle_run(p);
        if (status != GAMLP_OK) return status;
    }
    return GAMLP_OK;
}

gamlp_status gamlp_pickle_parse(gamlp_pickle **pickle, const void *data, size_t size,
                                const char *what) {
    *pickle = NULL;
    if (size > UINT32_MAX / 4)
        return gamlp_fail(GAMLP_E_DATA, "%s: %zu bytes, expected at most 2^30", what, size);
    gamlp_pickle *p;
    gamlp_status status = gamlp_new(&p, 1, sizeof *p, "a pickle");
    if (status != GAMLP_OK) return status;
    p->data = data;
    p->size = size;
    p->what = what;
    status = run_all(p);
    if (status == GAMLP_OK)
        *pickle = p;
    else
        gamlp_pickle_free(p);
    return status;
}

void gamlp_pickle_free(gamlp_pickle *pickle) {
    if (!pickle) return;
    gamlp_free(pickle->stack.data);
    gamlp_free(pickle->memo.data);
    gamlp_free(pickle->items.data);
    gamlp_free(pickle->records.data);
    gamlp_free(pickle->chunks.data);
    gamlp_free(pickle->text);
    gamlp_free(pickle);
}

const gamlp_pickle_value *gamlp_pickle_root(const gamlp_pickle *pickle) {
    return &pickle->root;
}

const char *gamlp_pickle_what(const gamlp_pickle *pickle) {
    return pickle->what;
}

static const gamlp_pickle_record *record_of(const gamlp_pickle *pickle,
                                            const gamlp_pickle_value *value) {
    if (!value || value->kind < GAMLP_PICKLE_TUPLE || value->kind > GAMLP_PICKLE_OBJECT)
        return NULL;
    return (const gamlp_pickle_record *)pickle->records.data + value->as.record;
}

int64_t gamlp_pickle_length(const gamlp_pickle *pickle, const gamlp_pickle_value *value) {
    const gamlp_pickle_record *record = record_of(pickle, value);
    return record ? record->length : 0;
}

gamlp_pickle_class gamlp_pickle_class_of(const gamlp_pickle *pickle,
                                         const gamlp_pickle_value *value) {
    const gamlp_pickle_record *record = record_of(pickle, value);
    return record ? (gamlp_pickle_class)record->class_ : GAMLP_PICKLE_CLASS_OBJECT;
}

gamlp_pickle_walk gamlp_pickle_walk_init(const gamlp_pickle *pickle,
                                         const gamlp_pickle_value *value) {
    const gamlp_pickle_record *record = record_of(pickle, value);
    return (gamlp_pickle_walk){record ? record->first : GAMLP_PICKLE_END, 0};
}

const gamlp_pickle_value *gamlp_pickle_walk_step(const gamlp_pickle *pickle,
                                                 gamlp_pickle_walk *walk) {
    if (walk->chunk == GAMLP_PICKLE_END) return NULL;
    const gamlp_pickle_chunk *chunk = (const gamlp_pickle_chunk *)pickle->chunks.data + walk->chunk;
    const gamlp_pickle_value *item =
        (const gamlp_pickle_value *)pickle->items.data + chunk->first + walk->at++;
    if (walk->at == chunk->count) *walk = (gamlp_pickle_walk){chunk->next, 0};
    return item;
}

const gamlp_pickle_value *gamlp_pickle_at(const gamlp_pickle *pickle,
                                          const gamlp_pickle_value *value, int64_t index) {
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(pickle, value);
    const gamlp_pickle_value *item = gamlp_pickle_walk_step(pickle, &walk);
    for (; item && index > 0; index--) item = gamlp_pickle_walk_step(pickle, &walk);
    return item;
}

const gamlp_pickle_value *gamlp_pickle_find(const gamlp_pickle *pickle,
                                            const gamlp_pickle_value *value, const char *key) {
    if (!value || value->kind != GAMLP_PICKLE_DICT) return NULL;
    size_t size = strlen(key);
    const gamlp_pickle_value *name, *found = NULL;
    gamlp_pickle_walk walk = gamlp_pickle_walk_init(pickle, value);
    while ((name = gamlp_pickle_walk_step(pickle, &walk)) != NULL) {
        const gamlp_pickle_value *item = gamlp_pickle_walk_step(pickle, &walk);
        if (name->kind == GAMLP_PICKLE_TEXT && name->size == size &&
            memcmp(name->as.text, key, size) == 0)
            found = item;
    }
    return found;
}
