/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The globals of the allow-list: what REDUCE, NEWOBJ and BUILD may mean. */
#include <string.h>

#include "dataset/pickle_machine.h"

static const struct {
    const char *module, *name;
    gamlp_pickle_class class_;
} globals[] = {
    {"__builtin__", "list", GAMLP_PICKLE_CLASS_LIST},
    {"builtins", "list", GAMLP_PICKLE_CLASS_LIST},
    {"__builtin__", "dict", GAMLP_PICKLE_CLASS_DICT},
    {"builtins", "dict", GAMLP_PICKLE_CLASS_DICT},
    {"__builtin__", "object", GAMLP_PICKLE_CLASS_OBJECT},
    {"builtins", "object", GAMLP_PICKLE_CLASS_OBJECT},
    {"collections", "defaultdict", GAMLP_PICKLE_CLASS_DEFAULTDICT},
    {"numpy", "ndarray", GAMLP_PICKLE_CLASS_NDARRAY},
    {"numpy", "dtype", GAMLP_PICKLE_CLASS_DTYPE},
    {"numpy.core.multiarray", "_reconstruct", GAMLP_PICKLE_CLASS_RECONSTRUCT},
    {"numpy._core.multiarray", "_reconstruct", GAMLP_PICKLE_CLASS_RECONSTRUCT},
    {"scipy.sparse.csr", "csr_matrix", GAMLP_PICKLE_CLASS_CSR},
    {"scipy.sparse._csr", "csr_matrix", GAMLP_PICKLE_CLASS_CSR},
    {"copy_reg", "_reconstructor", GAMLP_PICKLE_CLASS_RECONSTRUCTOR},
    {"copyreg", "_reconstructor", GAMLP_PICKLE_CLASS_RECONSTRUCTOR},
    {"__builtin__", "bytes", GAMLP_PICKLE_CLASS_BYTES},
    {"_codecs", "encode", GAMLP_PICKLE_CLASS_ENCODE},
};

static bool same_text(const char *expected, const unsigned char *text, uint32_t size) {
    return strlen(expected) == size && memcmp(expected, text, size) == 0;
}

/* The printable start of a text of the file, for a sentence. */
static void quote(char *out, size_t room, const unsigned char *text, uint32_t size) {
    size_t i = 0;
    for (; i + 1 < room && i < size; i++)
        out[i] = text[i] >= 32 && text[i] < 127 ? (char)text[i] : '?';
    out[i] = 0;
}

gamlp_status gamlp_pickle_push_global(gamlp_pickle *p, const unsigned char *module,
                                      uint32_t module_size, const unsigned char *name,
                                      uint32_t name_size) {
    for (size_t i = 0; i < sizeof globals / sizeof globals[0]; i++)
        if (same_text(globals[i].module, module, module_size) &&
            same_text(globals[i].name, name, name_size))
            return gamlp_pickle_push_int(p, GAMLP_PICKLE_GLOBAL, globals[i].class_);
    char module_text[64], name_text[64];
    quote(module_text, sizeof module_text, module, module_size);
    quote(name_text, sizeof name_text, name, name_size);
    return gamlp_fail(GAMLP_E_DATA,
                      "%s: byte %zu: the global %s.%s is refused: only numpy arrays, scipy CSR "
                      "matrices, dicts and lists are read",
                      p->what, p->start, module_text, name_text);
}

/* An object of a class, with its arguments as the first item. */
static gamlp_status push_object(gamlp_pickle *p, gamlp_pickle_class class_,
                                gamlp_pickle_value arguments) {
    gamlp_status status = GAMLP_OK;
    gamlp_pickle_value object;
    GAMLP_TRY(gamlp_pickle_make(p, GAMLP_PICKLE_OBJECT, class_, &object));
    GAMLP_TRY(gamlp_pickle_push(p, arguments));
    GAMLP_TRY(gamlp_pickle_move(p, &object, p->stack.count - 1));
    GAMLP_TRY(gamlp_pickle_push(p, object));
done:
    return status;
}

/* codecs.encode(text, "latin1"): how Python 3 writes bytes in protocol 2. */
static gamlp_status push_latin1(gamlp_pickle *p, gamlp_pickle_value arguments) {
    const gamlp_pickle_value *text = gamlp_pickle_at(p, &arguments, 0);
    const gamlp_pickle_value *codec = gamlp_pickle_at(p, &arguments, 1);
    if (!text || !codec || text->kind != GAMLP_PICKLE_TEXT || codec->kind != GAMLP_PICKLE_TEXT ||
        !same_text("latin1", codec->as.text, codec->size))
        return gamlp_pickle_fail(p, "expected a text and the codec latin1");
    unsigned char *room = NULL;
    gamlp_status status = gamlp_pickle_text_room(p, text->size, &room);
    if (status != GAMLP_OK) return status;
    uint64_t used = 0;
    for (uint32_t i = 0; i < text->size; i++) {
        unsigned char c = text->as.text[i];
        if (c >= 0x80) {
            unsigned char next = i + 1 < text->size ? text->as.text[i + 1] : 0;
            if ((c != 0xC2 && c != 0xC3) || (next & 0xC0) != 0x80)
                return gamlp_pickle_fail(p, "a text that is not Latin-1");
            c = (unsigned char)((c & 3) << 6 | (next & 63));
            i++;
        }
        room[used++] = c;
    }
    p->text_used += used;
    return gamlp_pickle_push_text(p, room, used);
}

/* Class named by the first of the arguments, or -1. */
static int64_t first_class(const gamlp_pickle *p, const gamlp_pickle_value *arguments) {
    const gamlp_pickle_value *first = gamlp_pickle_at(p, arguments, 0);
    return first && first->kind == GAMLP_PICKLE_GLOBAL ? first->as.integer : -1;
}

static gamlp_status push_container(gamlp_pickle *p, gamlp_pickle_kind kind) {
    gamlp_pickle_value value;
    gamlp_status status = gamlp_pickle_make(p, kind, GAMLP_PICKLE_CLASS_OBJECT, &value);
    return status == GAMLP_OK ? gamlp_pickle_push(p, value) : status;
}

gamlp_status gamlp_pickle_reduce(gamlp_pickle *p) {
    gamlp_pickle_value arguments, callable;
    gamlp_status status = gamlp_pickle_pop(p, &arguments);
    if (status == GAMLP_OK) status = gamlp_pickle_pop(p, &callable);
    if (status != GAMLP_OK) return status;
    if (callable.kind != GAMLP_PICKLE_GLOBAL || arguments.kind != GAMLP_PICKLE_TUPLE)
        return gamlp_pickle_fail(p, "REDUCE needs a global and its arguments");
    int64_t first = first_class(p, &arguments);
    int64_t count = gamlp_pickle_length(p, &arguments);
    switch ((gamlp_pickle_class)callable.as.integer) {
    case GAMLP_PICKLE_CLASS_LIST:
        if (count == 0) return push_container(p, GAMLP_PICKLE_LIST);
        break;
    case GAMLP_PICKLE_CLASS_DICT:
        if (count == 0) return push_container(p, GAMLP_PICKLE_DICT);
        break;
    case GAMLP_PICKLE_CLASS_DEFAULTDICT:
        if (count == 0 || (count == 1 && first == GAMLP_PICKLE_CLASS_LIST))
            return push_container(p, GAMLP_PICKLE_DICT);
        break;
    case GAMLP_PICKLE_CLASS_DTYPE:
        return push_object(p, GAMLP_PICKLE_CLASS_DTYPE, arguments);
    case GAMLP_PICKLE_CLASS_RECONSTRUCT:
        if (first == GAMLP_PICKLE_CLASS_NDARRAY)
            return push_object(p, GAMLP_PICKLE_CLASS_NDARRAY, arguments);
        break;
    case GAMLP_PICKLE_CLASS_RECONSTRUCTOR:
        if (first == GAMLP_PICKLE_CLASS_CSR)
            return push_object(p, GAMLP_PICKLE_CLASS_CSR, arguments);
        break;
    case GAMLP_PICKLE_CLASS_ENCODE:
        return push_latin1(p, arguments);
    case GAMLP_PICKLE_CLASS_BYTES:
        if (count == 0) return gamlp_pickle_push_text(p, p->data, 0);
        break;
    default:
        break;
    }
    return gamlp_pickle_fail(p, "REDUCE of these arguments is refused: only plain data is read");
}

gamlp_status gamlp_pickle_new_object(gamlp_pickle *p) {
    gamlp_pickle_value arguments, callable;
    gamlp_status status = gamlp_pickle_pop(p, &arguments);
    if (status == GAMLP_OK) status = gamlp_pickle_pop(p, &callable);
    if (status != GAMLP_OK) return status;
    if (callable.kind != GAMLP_PICKLE_GLOBAL || callable.as.integer != GAMLP_PICKLE_CLASS_CSR)
        return gamlp_pickle_fail(p, "NEWOBJ is refused except for a scipy CSR matrix");
    return push_object(p, GAMLP_PICKLE_CLASS_CSR, arguments);
}

gamlp_status gamlp_pickle_build(gamlp_pickle *p) {
    gamlp_pickle_value state;
    gamlp_status status = gamlp_pickle_pop(p, &state);
    if (status != GAMLP_OK) return status;
    const gamlp_pickle_value *stack = p->stack.data;
    if (p->stack.count == 0 || stack[p->stack.count - 1].kind != GAMLP_PICKLE_OBJECT)
        return gamlp_pickle_fail(p, "BUILD is refused except on numpy and scipy objects");
    gamlp_pickle_value object = stack[p->stack.count - 1];
    if (gamlp_pickle_length(p, &object) != 1)
        return gamlp_pickle_fail(p, "an object is built twice");
    status = gamlp_pickle_push(p, state);
    return status == GAMLP_OK ? gamlp_pickle_move(p, &object, p->stack.count - 1) : status;
}
