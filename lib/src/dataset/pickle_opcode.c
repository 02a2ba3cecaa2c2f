/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The opcodes of the allow-list; names and meanings as in Python's pickletools. */
#include <stdlib.h>
#include <string.h>

#include "dataset/pickle_machine.h"

/* A number of up to eight bytes, two's complement, least byte first. */
static gamlp_status push_signed(gamlp_pickle *p, int bytes, bool is_signed) {
    uint64_t value = 0;
    gamlp_status status = gamlp_pickle_take_uint(p, bytes, &value);
    if (status != GAMLP_OK) return status;
    if (is_signed && bytes > 0 && bytes < 8 && value >> (8 * bytes - 1))
        value |= UINT64_MAX << (8 * bytes);
    return gamlp_pickle_push_int(p, GAMLP_PICKLE_INT, (int64_t)value);
}

static gamlp_status run_int(gamlp_pickle *p, int bytes) {
    return push_signed(p, bytes, bytes == 4);
}

static gamlp_status run_long(gamlp_pickle *p, int bytes) {
    uint64_t size = 0;
    gamlp_status status = gamlp_pickle_take_uint(p, bytes, &size);
    if (status != GAMLP_OK) return status;
    if (size > 8) return gamlp_pickle_fail(p, "an integer of more than 64 bits");
    return push_signed(p, (int)size, true);
}

/* "12", "12L"; "00" and "01" are the truth values of INT. */
static gamlp_status run_decimal(gamlp_pickle *p, int is_int) {
    const unsigned char *line = NULL;
    uint32_t size = 0;
    gamlp_status status = gamlp_pickle_take_line(p, &line, &size);
    if (status != GAMLP_OK) return status;
    char text[24] = "";
    if (size > 0 && !is_int && line[size - 1] == 'L') size--;
    if (size == 0 || size >= 20) return gamlp_pickle_fail(p, "not an integer of 64 bits");
    memcpy(text, line, size);
    if (is_int && (strcmp(text, "00") == 0 || strcmp(text, "01") == 0))
        return gamlp_pickle_push_int(p, GAMLP_PICKLE_BOOL, text[1] == '1');
    size_t digits = text[0] == '-' ? 1 : 0;
    if (strspn(text + digits, "0123456789") != size - digits || size == digits)
        return gamlp_pickle_fail(p, "not an integer of 64 bits");
    return gamlp_pickle_push_int(p, GAMLP_PICKLE_INT, strtoll(text, NULL, 10));
}

static gamlp_status run_constant(gamlp_pickle *p, int which) {
    if (which < 0) return gamlp_pickle_push_int(p, GAMLP_PICKLE_NONE, 0);
    return gamlp_pickle_push_int(p, GAMLP_PICKLE_BOOL, which);
}

static gamlp_status run_text(gamlp_pickle *p, int bytes) {
    uint64_t size = 0;
    const unsigned char *text = NULL;
    gamlp_status status = gamlp_pickle_take_uint(p, bytes, &size);
    if (status == GAMLP_OK) status = gamlp_pickle_take(p, size, &text);
    return status == GAMLP_OK ? gamlp_pickle_push_text(p, text, size) : status;
}

/* Value of `digits` hexadecimal digits, or -1. */
static int64_t hexadecimal(const unsigned char *text, const unsigned char *end, int digits) {
    int64_t value = 0;
    if (end - text < digits) return -1;
    for (int i = 0; i < digits; i++) {
        const char *all = "0123456789abcdef0123456789ABCDEF";
        const char *found = text[i] ? strchr(all, text[i]) : NULL;
        if (!found) return -1;
        value = 16 * value + (found - all) % 16;
    }
    return value;
}

/* One character of a repr() text: a byte, or an escape; -1 when malformed. */
static int64_t take_escape(const unsigned char **at, const unsigned char *end) {
    static const char names[] = "\\'\"nrt", bytes[] = "\\'\"\n\r\t";
    unsigned char c = *(*at)++;
    if (c != '\\') return c;
    if (*at == end || **at == 0) return -1;
    c = *(*at)++;
    const char *found = strchr(names, c);
    if (found) return bytes[found - names];
    int64_t value = c == 'x' ? hexadecimal(*at, end, 2) : -1;
    if (value >= 0) *at += 2;
    return value;
}

/* STRING: the repr() of a Python 2 text. */
static gamlp_status run_repr(gamlp_pickle *p, int unused) {
    (void)unused;
    const unsigned char *line = NULL;
    uint32_t size = 0;
    unsigned char *room = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pickle_take_line(p, &line, &size));
    if (size < 2 || (line[0] != '\'' && line[0] != '"') || line[size - 1] != line[0])
        GAMLP_TRY(gamlp_pickle_fail(p, "a text without its quotes"));
    GAMLP_TRY(gamlp_pickle_text_room(p, size, &room));
    uint64_t used = 0;
    for (const unsigned char *at = line + 1, *end = line + size - 1; at < end;) {
        int64_t byte = take_escape(&at, end);
        if (byte < 0) GAMLP_TRY(gamlp_pickle_fail(p, "a text with an unknown escape"));
        room[used++] = (unsigned char)byte;
    }
    p->text_used += used;
    GAMLP_TRY(gamlp_pickle_push_text(p, room, used));
done:
    return status;
}

/* Code point to UTF-8 (at most three bytes: texts of numpy arrays need two). */
static uint64_t put_utf8(unsigned char *out, int64_t point) {
    if (point < 0x80) {
        out[0] = (unsigned char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (unsigned char)(0xC0 | point >> 6);
        out[1] = (unsigned char)(0x80 | (point & 63));
        return 2;
    }
    out[0] = (unsigned char)(0xE0 | point >> 12);
    out[1] = (unsigned char)(0x80 | (point >> 6 & 63));
    out[2] = (unsigned char)(0x80 | (point & 63));
    return 3;
}

/* UNICODE: Latin-1 with \uXXXX escapes ("raw-unicode-escape"), stored as UTF-8. */
static gamlp_status run_unicode(gamlp_pickle *p, int unused) {
    (void)unused;
    const unsigned char *line = NULL;
    uint32_t size = 0;
    unsigned char *room = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_pickle_take_line(p, &line, &size));
    GAMLP_TRY(gamlp_pickle_text_room(p, 2 * (uint64_t)size, &room));
    uint64_t used = 0;
    for (uint32_t i = 0; i < size;) {
        bool escaped = line[i] == '\\' && i + 1 < size && line[i + 1] == 'u';
        int64_t point = escaped ? hexadecimal(line + i + 2, line + size, 4) : line[i];
        if (point < 0) GAMLP_TRY(gamlp_pickle_fail(p, "a text with an unknown escape"));
        used += put_utf8(room + used, point);
        i += escaped ? 6 : 1;
    }
    p->text_used += used;
    GAMLP_TRY(gamlp_pickle_push_text(p, room, used));
done:
    return status;
}

static gamlp_status run_mark(gamlp_pickle *p, int unused) {
    (void)unused;
    return gamlp_pickle_push_int(p, GAMLP_PICKLE_MARK, 0);
}

/* EMPTY_TUPLE, EMPTY_LIST, EMPTY_DICT. */
static gamlp_status run_empty(gamlp_pickle *p, int kind) {
    gamlp_pickle_value value;
    gamlp_status status =
        gamlp_pickle_make(p, (gamlp_pickle_kind)kind, GAMLP_PICKLE_CLASS_OBJECT, &value);
    return status == GAMLP_OK ? gamlp_pickle_push(p, value) : status;
}

/* TUPLE, LIST, DICT of all that lies above the mark. */
static gamlp_status run_gather(gamlp_pickle *p, int kind) {
    gamlp_status status = GAMLP_OK;
    gamlp_pickle_value value;
    uint32_t first = 0;
    GAMLP_TRY(gamlp_pickle_find_mark(p, &first));
    if (kind == GAMLP_PICKLE_DICT && (p->stack.count - first) % 2)
        GAMLP_TRY(gamlp_pickle_fail(p, "a key without a value"));
    GAMLP_TRY(gamlp_pickle_make(p, (gamlp_pickle_kind)kind, GAMLP_PICKLE_CLASS_OBJECT, &value));
    GAMLP_TRY(gamlp_pickle_move(p, &value, first));
    p->stack.count--;
    GAMLP_TRY(gamlp_pickle_push(p, value));
done:
    return status;
}

/* TUPLE1, TUPLE2, TUPLE3. */
static gamlp_status run_tuple(gamlp_pickle *p, int count) {
    gamlp_status status = GAMLP_OK;
    gamlp_pickle_value value;
    const gamlp_pickle_value *stack = p->stack.data;
    if (p->stack.count < (uint32_t)count)
        GAMLP_TRY(gamlp_pickle_fail(p, "the stack has no value for this opcode"));
    for (int i = 1; i <= count; i++)
        if (stack[p->stack.count - (uint32_t)i].kind == GAMLP_PICKLE_MARK)
            GAMLP_TRY(gamlp_pickle_fail(p, "the stack has no value for this opcode"));
    GAMLP_TRY(gamlp_pickle_make(p, GAMLP_PICKLE_TUPLE, GAMLP_PICKLE_CLASS_OBJECT, &value));
    GAMLP_TRY(gamlp_pickle_move(p, &value, p->stack.count - (uint32_t)count));
    GAMLP_TRY(gamlp_pickle_push(p, value));
done:
    return status;
}

/* The container below index `first` takes what lies from there up. */
static gamlp_status extend(gamlp_pickle *p, int kind, uint32_t first, uint32_t below) {
    const gamlp_pickle_value *stack = p->stack.data;
    if (first < below || stack[first - below].kind != (uint32_t)kind)
        return gamlp_pickle_fail(p, kind == GAMLP_PICKLE_LIST ? "there is no list to append to"
                                                              : "there is no dict to add to");
    if (kind == GAMLP_PICKLE_DICT && (p->stack.count - first) % 2)
        return gamlp_pickle_fail(p, "a key without a value");
    gamlp_pickle_value container = stack[first - below];
    gamlp_status status = gamlp_pickle_move(p, &container, first);
    p->stack.count = status == GAMLP_OK ? first - below + 1 : p->stack.count;
    return status;
}

/* APPENDS, SETITEMS. */
static gamlp_status run_extend(gamlp_pickle *p, int kind) {
    uint32_t first = 0;
    gamlp_status status = gamlp_pickle_find_mark(p, &first);
    return status == GAMLP_OK ? extend(p, kind, first, 2) : status;
}

/* APPEND, SETITEM. */
static gamlp_status run_add(gamlp_pickle *p, int kind) {
    uint32_t count = kind == GAMLP_PICKLE_LIST ? 1 : 2;
    const gamlp_pickle_value *stack = p->stack.data;
    for (uint32_t i = 1; i <= count && i <= p->stack.count; i++)
        if (stack[p->stack.count - i].kind == GAMLP_PICKLE_MARK)
            return gamlp_pickle_fail(p, "the stack has no value for this opcode");
    if (p->stack.count < count + 1) return gamlp_pickle_fail(p, "the stack has too few values");
    return extend(p, kind, p->stack.count - count, 1);
}

/* GET, PUT with a decimal line; their binary forms; MEMOIZE takes the next index. */
static gamlp_status memo_line(gamlp_pickle *p, uint64_t *index) {
    gamlp_status status = run_decimal(p, 0);
    gamlp_pickle_value value = {0};
    if (status == GAMLP_OK) status = gamlp_pickle_pop(p, &value);
    *index = (uint64_t)value.as.integer;
    return status;
}

static gamlp_status run_get(gamlp_pickle *p, int bytes) {
    uint64_t index = 0;
    gamlp_status status = bytes ? gamlp_pickle_take_uint(p, bytes, &index) : memo_line(p, &index);
    return status == GAMLP_OK ? gamlp_pickle_memo_get(p, index) : status;
}

static gamlp_status run_put(gamlp_pickle *p, int bytes) {
    uint64_t index = 0;
    gamlp_status status = bytes ? gamlp_pickle_take_uint(p, bytes, &index) : memo_line(p, &index);
    return status == GAMLP_OK ? gamlp_pickle_memo_put(p, index) : status;
}

static gamlp_status run_memoize(gamlp_pickle *p, int unused) {
    (void)unused;
    return gamlp_pickle_memo_put(p, p->memo.count);
}

static gamlp_status run_global(gamlp_pickle *p, int unused) {
    (void)unused;
    const unsigned char *module = NULL, *name = NULL;
    uint32_t module_size = 0, name_size = 0;
    gamlp_status status = gamlp_pickle_take_line(p, &module, &module_size);
    if (status == GAMLP_OK) status = gamlp_pickle_take_line(p, &name, &name_size);
    if (status != GAMLP_OK) return status;
    return gamlp_pickle_push_global(p, module, module_size, name, name_size);
}

static gamlp_status run_stack_global(gamlp_pickle *p, int unused) {
    (void)unused;
    gamlp_pickle_value module, name;
    gamlp_status status = gamlp_pickle_pop(p, &name);
    if (status == GAMLP_OK) status = gamlp_pickle_pop(p, &module);
    if (status != GAMLP_OK) return status;
    if (module.kind != GAMLP_PICKLE_TEXT || name.kind != GAMLP_PICKLE_TEXT)
        return gamlp_pickle_fail(p, "a global is named by two texts");
    return gamlp_pickle_push_global(p, module.as.text, module.size, name.as.text, name.size);
}

static gamlp_status run_call(gamlp_pickle *p, int which) {
    if (which == 'R') return gamlp_pickle_reduce(p);
    return which == 'b' ? gamlp_pickle_build(p) : gamlp_pickle_new_object(p);
}

static gamlp_status run_protocol(gamlp_pickle *p, int unused) {
    (void)unused;
    uint64_t protocol = 0;
    gamlp_status status = gamlp_pickle_take_uint(p, 1, &protocol);
    if (status == GAMLP_OK && protocol > 4)
        return gamlp_pickle_fail(p, "a pickle protocol above 4");
    return status;
}

static gamlp_status run_frame(gamlp_pickle *p, int unused) {
    (void)unused;
    uint64_t size = 0;
    gamlp_status status = gamlp_pickle_take_uint(p, 8, &size);
    if (status == GAMLP_OK && size > p->size - p->at)
        return gamlp_pickle_fail(p, "a frame longer than the file");
    return status;
}

static gamlp_status run_stop(gamlp_pickle *p, int unused) {
    (void)unused;
    p->stopped = true;
    return gamlp_pickle_pop(p, &p->root);
}

typedef gamlp_status (*opcode_run)(gamlp_pickle *p, int argument);

static const struct {
    opcode_run run;
    int argument;
} opcodes[256] = {
    ['('] = {run_mark, 0},
    ['.'] = {run_stop, 0},
    ['I'] = {run_decimal, 1},
    ['L'] = {run_decimal, 0},
    ['J'] = {run_int, 4},
    ['K'] = {run_int, 1},
    ['M'] = {run_int, 2},
    [0x8a] = {run_long, 1},
    [0x8b] = {run_long, 4},
    ['N'] = {run_constant, -1},
    [0x88] = {run_constant, 1},
    [0x89] = {run_constant, 0},
    ['S'] = {run_repr, 0},
    ['V'] = {run_unicode, 0},
    ['T'] = {run_text, 4},
    ['U'] = {run_text, 1},
    ['X'] = {run_text, 4},
    ['B'] = {run_text, 4},
    ['C'] = {run_text, 1},
    [0x8c] = {run_text, 1},
    [0x8d] = {run_text, 8},
    [0x8e] = {run_text, 8},
    [')'] = {run_empty, GAMLP_PICKLE_TUPLE},
    [']'] = {run_empty, GAMLP_PICKLE_LIST},
    ['}'] = {run_empty, GAMLP_PICKLE_DICT},
    ['t'] = {run_gather, GAMLP_PICKLE_TUPLE},
    ['l'] = {run_gather, GAMLP_PICKLE_LIST},
    ['d'] = {run_gather, GAMLP_PICKLE_DICT},
    [0x85] = {run_tuple, 1},
    [0x86] = {run_tuple, 2},
    [0x87] = {run_tuple, 3},
    ['e'] = {run_extend, GAMLP_PICKLE_LIST},
    ['u'] = {run_extend, GAMLP_PICKLE_DICT},
    ['a'] = {run_add, GAMLP_PICKLE_LIST},
    ['s'] = {run_add, GAMLP_PICKLE_DICT},
    ['g'] = {run_get, 0},
    ['h'] = {run_get, 1},
    ['j'] = {run_get, 4},
    ['p'] = {run_put, 0},
    ['q'] = {run_put, 1},
    ['r'] = {run_put, 4},
    [0x94] = {run_memoize, 0},
    ['c'] = {run_global, 0},
    [0x93] = {run_stack_global, 0},
    ['R'] = {run_call, 'R'},
    ['b'] = {run_call, 'b'},
    [0x81] = {run_call, 0x81},
    [0x80] = {run_protocol, 0},
    [0x95] = {run_frame, 0},
};

gamlp_status gamlp_pickle_run(gamlp_pickle *p) {
    unsigned char opcode = p->data[p->start];
    if (!opcodes[opcode].run)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: byte %zu: opcode 0x%02x is refused: only plain data is read",
                          p->what, p->start, opcode);
    return opcodes[opcode].run(p, opcodes[opcode].argument);
}
