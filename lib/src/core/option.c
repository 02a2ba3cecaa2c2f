/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gamlp/option.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

const gamlp_option *gamlp_option_find(const gamlp_option *table, const char *name) {
    for (const gamlp_option *row = table; row->name; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

static const char *name_at(const void *context, int64_t index) {
    const gamlp_option *table = context;
    return table[index].name;
}

const char *gamlp_option_nearest(const gamlp_option *table, const char *name) {
    return gamlp_text_nearest(name_at, table, name);
}

static gamlp_status bad_value(const gamlp_option *row, const char *text, const char *expected) {
    return gamlp_fail(GAMLP_E_CONFIG, "%s: \"%s\" is not %s", row->name, text, expected);
}

static gamlp_status parse_int(int64_t *value, const gamlp_option *row, const char *text,
                              const char **end) {
    char *stop;
    errno = 0;
    long long parsed = strtoll(text, &stop, 10);
    if (stop == text || errno != 0) return bad_value(row, text, "a whole number");
    if ((double)parsed < row->min || (double)parsed > row->max)
        return gamlp_fail(GAMLP_E_CONFIG, "%s: %lld is not between %.15g and %.15g", row->name,
                          parsed, row->min, row->max);
    *value = parsed;
    *end = stop;
    return GAMLP_OK;
}

static gamlp_status parse_real(double *value, const gamlp_option *row, const char *text,
                               const char **end) {
    char *stop;
    double parsed = strtod(text, &stop);
    if (stop == text || !isfinite(parsed)) return bad_value(row, text, "a number");
    if (parsed < row->min || parsed > row->max)
        return gamlp_fail(GAMLP_E_CONFIG, "%s: %g is not between %g and %g", row->name, parsed,
                          row->min, row->max);
    *value = parsed;
    *end = stop;
    return GAMLP_OK;
}

static gamlp_status parse_bool(bool *value, const gamlp_option *row, const char *text) {
    bool yes = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0;
    if (!yes && strcmp(text, "false") != 0 && strcmp(text, "no") != 0)
        return bad_value(row, text, "true or false");
    *value = yes;
    return GAMLP_OK;
}

/* The i-th word of a list separated by spaces: its length, 0 behind the end. */
static size_t word_at(const char *words, int index, const char **word) {
    for (;; index--) {
        words += strspn(words, " ");
        size_t length = strcspn(words, " ");
        *word = words;
        if (index == 0 || length == 0) return length;
        words += length;
    }
}

static gamlp_status parse_choice(int *value, const gamlp_option *row, const char *text) {
    const char *word;
    size_t length;
    for (int i = 0; (length = word_at(row->choices, i, &word)) > 0; i++) {
        if (strlen(text) != length || strncmp(word, text, length) != 0) continue;
        *value = i;
        return GAMLP_OK;
    }
    return gamlp_fail(GAMLP_E_CONFIG, "%s: \"%s\" is none of: %s", row->name, text, row->choices);
}

/* Comma-separated numbers, or nothing; brackets of a YAML flow sequence have been taken off. */
static gamlp_status parse_list(gamlp_ints *ints, gamlp_reals *reals, const gamlp_option *row,
                               const char *text) {
    int64_t count = 0;
    for (const char *p = text; *text; p++) {
        gamlp_status status;
        if (count == GAMLP_OPTION_LIST)
            return gamlp_fail(GAMLP_E_CONFIG, "%s: more than %d values in \"%s\"", row->name,
                              GAMLP_OPTION_LIST, text);
        while (*p == ' ') p++;
        if (ints)
            status = parse_int(&ints->value[count++], row, p, &p);
        else
            status = parse_real(&reals->value[count++], row, p, &p);
        if (status != GAMLP_OK) return status;
        if (*p == 0) break;
        if (*p != ',') return bad_value(row, text, "a list of numbers separated by commas");
    }
    if (ints) ints->count = count;
    if (reals) reals->count = count;
    return GAMLP_OK;
}

static gamlp_status set_string(char *field, const gamlp_option *row, const char *text) {
    if (strlen(text) >= GAMLP_OPTION_TEXT)
        return gamlp_fail(GAMLP_E_CONFIG, "%s: longer than %d bytes", row->name,
                          GAMLP_OPTION_TEXT - 1);
    int64_t bad = gamlp_text_bad_byte(text);
    if (bad >= 0)
        return gamlp_fail(GAMLP_E_CONFIG, "%s: byte %lld is not UTF-8", row->name, (long long)bad);
    snprintf(field, GAMLP_OPTION_TEXT, "%s", text);
    return GAMLP_OK;
}

static gamlp_status set_number(void *field, const gamlp_option *row, const char *text) {
    const char *end = text;
    int64_t whole = 0;
    double real = 0;
    bool is_int = row->type == GAMLP_OPTION_INT;
    gamlp_status status =
        is_int ? parse_int(&whole, row, text, &end) : parse_real(&real, row, text, &end);
    if (status != GAMLP_OK) return status;
    if (*end) return bad_value(row, text, is_int ? "a whole number" : "a number");
    if (is_int)
        *(int64_t *)field = whole;
    else
        *(double *)field = real;
    return GAMLP_OK;
}

static const char some_bytes[] = "a number of bytes such as 800000000, 500M or 2G";

static bool parse_bytes(int64_t *bytes, const char *text) {
    static const char letters[] = "KMGT";
    char *end;
    errno = 0;
    bool decimal = *text >= '0' && *text <= '9' && !strpbrk(text, "xX");
    double number = decimal ? strtod(text, &end) : -1;
    if (number > 0 && *end) {
        const char *letter = strchr(letters, *end);
        for (const char *l = letters; letter && l <= letter; l++) number *= 1024;
        if (letter) end++;
        if (letter && *end == 'B') end++;
    }
    if (errno != 0 || number < 1 || number > 1e18 || *end) return false;
    *bytes = (int64_t)number;
    return true;
}

/* What 0 means, and whether it is allowed, the owner of the field says. */
static gamlp_status set_bytes(int64_t *field, const gamlp_option *row, const char *text) {
    int64_t bytes = 0;
    if (strcmp(text, "0") != 0 && !parse_bytes(&bytes, text))
        return bad_value(row, text, some_bytes);
    *field = bytes;
    return GAMLP_OK;
}

gamlp_status gamlp_option_set(void *options, const gamlp_option *row, const char *text) {
    void *field = (char *)options + row->offset;
    gamlp_ints ints = {0};
    gamlp_reals reals = {0};
    gamlp_status status = GAMLP_OK;
    switch (row->type) {
    case GAMLP_OPTION_INT:
    case GAMLP_OPTION_REAL:
        return set_number(field, row, text);
    case GAMLP_OPTION_BYTES:
        return set_bytes(field, row, text);
    case GAMLP_OPTION_BOOL:
        return parse_bool(field, row, text);
    case GAMLP_OPTION_STRING:
        return set_string(field, row, text);
    case GAMLP_OPTION_CHOICE:
        return parse_choice(field, row, text);
    case GAMLP_OPTION_INTS:
        status = parse_list(&ints, NULL, row, text);
        if (status == GAMLP_OK) *(gamlp_ints *)field = ints;
        return status;
    case GAMLP_OPTION_REALS:
        status = parse_list(NULL, &reals, row, text);
        if (status == GAMLP_OK) *(gamlp_reals *)field = reals;
        return status;
    }
    return gamlp_fail(GAMLP_E_INTERNAL, "%s: unknown option type", row->name);
}

/* The shortest of %.15g, %.16g, %.17g that reads back to the same number. */
static void print_real(double value, char *text, size_t size) {
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value) return;
    }
}

static void print_list(const gamlp_ints *ints, const gamlp_reals *reals, char *text, size_t size) {
    int64_t count = ints ? ints->count : reals->count;
    size_t used = 0;
    text[0] = 0;
    for (int64_t i = 0; i < count && used < size; i++) {
        char number[40];
        if (ints)
            snprintf(number, sizeof number, "%lld", (long long)ints->value[i]);
        else
            print_real(reals->value[i], number, sizeof number);
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "", number);
    }
}

void gamlp_option_get(const void *options, const gamlp_option *row, char *text, size_t size) {
    const void *field = (const char *)options + row->offset;
    const char *word;
    size_t length;
    switch (row->type) {
    case GAMLP_OPTION_INT:
    case GAMLP_OPTION_BYTES:
        snprintf(text, size, "%lld", (long long)*(const int64_t *)field);
        return;
    case GAMLP_OPTION_REAL:
        print_real(*(const double *)field, text, size);
        return;
    case GAMLP_OPTION_BOOL:
        snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
        return;
    case GAMLP_OPTION_STRING:
        snprintf(text, size, "%s", (const char *)field);
        return;
    case GAMLP_OPTION_CHOICE:
        length = word_at(row->choices, *(const int *)field, &word);
        snprintf(text, size, "%.*s", (int)length, word);
        return;
    case GAMLP_OPTION_INTS:
        print_list(field, NULL, text, size);
        return;
    case GAMLP_OPTION_REALS:
        print_list(NULL, field, text, size);
        return;
    }
}

gamlp_status gamlp_option_bytes(int64_t *bytes, const char *name, const char *text) {
    if (parse_bytes(bytes, text)) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_USAGE, "--%s: \"%s\" is not %s", name, text, some_bytes);
}
