/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message is version (1 byte), type (1), two zero bytes, and its fields in the order of the
 * table: integers and reals of 8 bytes; texts, bytes and lists of reals with their length before (8
 * bytes), padded with zeros to a multiple of 8, texts with at least one zero.  All little-endian.
 */
#include "transport/message.h"

#include <string.h>

#include "gamlp/alloc.h"

enum { HEADER = 8, TEXT_MAX = 1 << 20, FIELDS = 12 };

typedef enum field_kind { FIELD_NONE, FIELD_INT, FIELD_TEXT, FIELD_BYTES, FIELD_REALS } field_kind;

typedef struct field {
    field_kind kind;
    const char *name;
    size_t at;
} field;

typedef struct layout {
    int type;
    const char *name;
    field field[FIELDS];
} layout;

#define AT(member, name) offsetof(gamlp_message, as.member.name)
#define INT(member, name)                                                                          \
    { FIELD_INT, #name, AT(member, name) }
#define TEXT(member, name)                                                                         \
    { FIELD_TEXT, #name, AT(member, name) }
#define BYTES(member, name)                                                                        \
    { FIELD_BYTES, #name, AT(member, name) }
#define REALS(member, name)                                                                        \
    { FIELD_REALS, #name, AT(member, name) }

static const layout table[] = {
    {GAMLP_MESSAGE_JOIN,
     "join",
     {INT(join, process), INT(join, pid), INT(join, cores), INT(join, memory), TEXT(join, host),
      TEXT(join, version), TEXT(join, build), TEXT(join, endpoint), TEXT(join, key),
      TEXT(join, data)}},
    {GAMLP_MESSAGE_PLAN,
     "plan",
     {INT(plan, generation), INT(plan, layers), INT(plan, first), INT(plan, last), INT(plan, below),
      INT(plan, above), TEXT(plan, below_endpoint), TEXT(plan, below_key), INT(plan, iteration),
      TEXT(plan, options), TEXT(plan, data), REALS(plan, hidden)}},
    {GAMLP_MESSAGE_READY, "ready", {INT(step, generation), INT(step, iteration)}},
    {GAMLP_MESSAGE_GO, "go", {INT(step, generation), INT(step, iteration)}},
    {GAMLP_MESSAGE_FIGURES,
     "figures",
     {INT(figures, generation), INT(figures, iteration), INT(figures, layer),
      REALS(figures, values)}},
    {GAMLP_MESSAGE_LEDGER,
     "ledger",
     {INT(ledger, generation), INT(ledger, iteration), INT(ledger, peer), REALS(ledger, values)}},
    {GAMLP_MESSAGE_ASK,
     "ask",
     {INT(ask, generation), INT(ask, iteration), INT(ask, number), TEXT(ask, what)}},
    {GAMLP_MESSAGE_MATRIX,
     "matrix",
     {INT(matrix, generation), INT(matrix, iteration), INT(matrix, number), TEXT(matrix, name),
      INT(matrix, rows), INT(matrix, cols), BYTES(matrix, bytes)}},
    {GAMLP_MESSAGE_CHECKPOINT,
     "checkpoint",
     {INT(checkpoint, generation), INT(checkpoint, iteration), TEXT(checkpoint, file),
      TEXT(checkpoint, hash)}},
    {GAMLP_MESSAGE_TEXT, "text", {INT(text, level), TEXT(text, text)}},
    {GAMLP_MESSAGE_END, "end", {INT(end, status), TEXT(end, reason)}},
    {GAMLP_MESSAGE_STOP, "stop", {INT(stop, generation), INT(stop, how), TEXT(stop, reason)}},
};

static const layout *layout_of(int type) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].type == type) return &table[i];
    return NULL;
}

const char *gamlp_message_name(int type) {
    const layout *l = layout_of(type);
    return l ? l->name : NULL;
}

static int64_t padded(int64_t bytes) {
    return (bytes + 7) / 8 * 8;
}

/* Where a field's content lies in memory, and its bytes; a text has a zero more. */
static const void *content(int64_t *bytes, const gamlp_message *message, const field *f) {
    const char *at = (const char *)message + f->at;
    gamlp_message_bytes block;
    gamlp_message_reals reals;
    const char *text;
    switch (f->kind) {
    case FIELD_TEXT:
        memcpy(&text, at, sizeof text);
        text = text ? text : "";
        *bytes = (int64_t)strlen(text) + 1;
        return text;
    case FIELD_BYTES:
        memcpy(&block, at, sizeof block);
        *bytes = block.count;
        return block.data;
    case FIELD_REALS:
        memcpy(&reals, at, sizeof reals);
        *bytes = reals.count * (int64_t)sizeof(double);
        return reals.data;
    default:
        *bytes = 0;
        return at;
    }
}

int64_t gamlp_message_size(const gamlp_message *message) {
    const layout *l = layout_of((int)message->type);
    int64_t size = HEADER, bytes;
    for (const field *f = l->field; f < l->field + FIELDS && f->kind; f++) {
        content(&bytes, message, f);
        size += 8 + padded(bytes);
    }
    return size;
}

static void put(uint8_t *at, uint64_t value) {
    for (int i = 0; i < 8; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(const uint8_t *at) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static void put_reals(uint8_t *at, const double *x, int64_t bytes) {
    for (int64_t i = 0; i < bytes / 8; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], 8);
        put(at + 8 * i, bits);
    }
}

void gamlp_message_encode(uint8_t *bytes, const gamlp_message *message) {
    const layout *l = layout_of((int)message->type);
    int64_t size;
    memset(bytes, 0, HEADER);
    bytes[0] = GAMLP_MESSAGE_VERSION;
    bytes[1] = (uint8_t)message->type;
    bytes += HEADER;
    for (const field *f = l->field; f < l->field + FIELDS && f->kind; f++) {
        const void *data = content(&size, message, f);
        int64_t integer = size;
        if (f->kind == FIELD_INT) memcpy(&integer, data, sizeof integer);
        put(bytes, (uint64_t)integer);
        if (size > 0) memset(bytes + 8, 0, (size_t)padded(size));
        if (f->kind == FIELD_REALS)
            put_reals(bytes + 8, data, size);
        else if (size > 0)
            memcpy(bytes + 8, data, (size_t)size);
        bytes += 8 + padded(size);
    }
}

static gamlp_status bad(const layout *l, const field *f, const char *what) {
    return gamlp_fail(GAMLP_E_DATA, "a message \"%s\": field %s %s", l->name, f->name, what);
}

static gamlp_status check_content(const layout *l, const field *f, const uint8_t *data,
                                  int64_t bytes) {
    if (f->kind == FIELD_REALS && bytes % 8 != 0) return bad(l, f, "is no list of numbers");
    if (f->kind != FIELD_TEXT) return GAMLP_OK;
    if (bytes < 1 || bytes > TEXT_MAX || memchr(data, 0, (size_t)bytes) != data + bytes - 1)
        return bad(l, f, "is no text");
    return GAMLP_OK;
}

/* Set the field from `bytes` bytes at `data`, which is part of the message's own memory. */
static void set_field(gamlp_message *message, const field *f, uint8_t *data, int64_t bytes) {
    char *at = (char *)message + f->at;
    gamlp_message_bytes block = {bytes, data};
    gamlp_message_reals reals = {bytes / 8, (const double *)(const void *)data};
    const char *text = (const char *)data;
    if (f->kind == FIELD_TEXT) memcpy(at, &text, sizeof text);
    if (f->kind == FIELD_BYTES) memcpy(at, &block, sizeof block);
    if (f->kind != FIELD_REALS) return;
    for (int64_t i = 0; i < bytes / 8; i++) {
        uint64_t bits = get(data + 8 * i);
        memcpy(data + 8 * i, &bits, 8);
    }
    memcpy(at, &reals, sizeof reals);
}

static gamlp_status decode_field(gamlp_message *message, const layout *l, const field *f,
                                 uint8_t **at, const uint8_t *end) {
    if (end - *at < 8) return bad(l, f, "is missing");
    uint64_t value = get(*at);
    *at += 8;
    if (f->kind == FIELD_INT) {
        int64_t integer = (int64_t)value;
        memcpy((char *)message + f->at, &integer, sizeof integer);
        return GAMLP_OK;
    }
    if (value > GAMLP_MESSAGE_MAX || padded((int64_t)value) > end - *at)
        return bad(l, f, "is longer than the message");
    gamlp_status status = check_content(l, f, *at, (int64_t)value);
    if (status != GAMLP_OK) return status;
    set_field(message, f, *at, (int64_t)value);
    *at += padded((int64_t)value);
    return GAMLP_OK;
}

gamlp_status gamlp_message_decode(gamlp_message *message, const uint8_t *bytes, int64_t size) {
    gamlp_message fresh = {0};
    gamlp_status status = GAMLP_OK;
    *message = fresh;
    if (size < HEADER || size > GAMLP_MESSAGE_MAX || bytes[0] != GAMLP_MESSAGE_VERSION)
        return gamlp_fail(GAMLP_E_DATA, "no control message of version %d", GAMLP_MESSAGE_VERSION);
    const layout *l = layout_of(bytes[1]);
    if (!l) return gamlp_fail(GAMLP_E_DATA, "a control message of unknown type %d", bytes[1]);
    fresh.type = (gamlp_message_type)bytes[1];
    GAMLP_TRY(gamlp_new_raw(&fresh.memory, size, 1, "a control message"));
    memcpy(fresh.memory, bytes, (size_t)size);
    uint8_t *at = (uint8_t *)fresh.memory + HEADER, *end = (uint8_t *)fresh.memory + size;
    for (const field *f = l->field; f < l->field + FIELDS && f->kind; f++)
        GAMLP_TRY(decode_field(&fresh, l, f, &at, end));
    if (at != end)
        GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "a message \"%s\" is longer than its fields", l->name));
    *message = fresh;
    fresh = (gamlp_message){0};
done:
    gamlp_message_clear(&fresh);
    return status;
}

void gamlp_message_clear(gamlp_message *message) {
    if (!message) return;
    gamlp_free(message->memory);
    *message = (gamlp_message){0};
}

gamlp_link_plan gamlp_control_plan(uint16_t peer) {
    return (gamlp_link_plan){
        .peer = peer, .window = GAMLP_CONTROL_WINDOW, .capacity = GAMLP_MESSAGE_MAX};
}

gamlp_status gamlp_control_send(gamlp_link *link, const gamlp_message *message, double seconds) {
    gamlp_parcel parcel = {.kind = (uint8_t)message->type, .size = gamlp_message_size(message)};
    uint8_t *bytes;
    gamlp_status status = gamlp_link_reserve(&bytes, link, parcel.size, seconds);
    if (status != GAMLP_OK) return status;
    gamlp_message_encode(bytes, message);
    return gamlp_link_post(link, &parcel);
}

gamlp_status gamlp_control_recv(gamlp_message *message, int64_t *index, gamlp_link *const *link,
                                int64_t count, double seconds) {
    gamlp_parcel parcel;
    const uint8_t *bytes;
    *message = (gamlp_message){0};
    gamlp_status status = gamlp_link_wait_any(index, link, count, seconds);
    if (status != GAMLP_OK || *index < 0) return status;
    status = gamlp_link_wait(&parcel, &bytes, link[*index], 0);
    if (status != GAMLP_OK) return status;
    status = gamlp_message_decode(message, bytes, parcel.size);
    gamlp_link_take(link[*index]);
    return status;
}
