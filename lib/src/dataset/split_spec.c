/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/split_spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

/* One form: a name, `least` to `most` numbers behind a colon, and a seed behind an at sign. */
typedef struct form {
    const char *name;
    gamlp_split_kind kind;
    int64_t least, most;
    const char *separators; /* the first one is printed */
    bool seed;
    int64_t low, high; /* bounds of a number that is not a fraction */
    const char *example;
} form;

static const int64_t seed_limit = INT64_C(1000000000000000), count_limit = 1000000000;

static const form forms[] = {
    {"public", GAMLP_SPLIT_PUBLIC, 0, 0, "", false, 0, 0, "public"},
    {"stored", GAMLP_SPLIT_PUBLIC, 0, 0, "", false, 0, 0, "stored"},
    {"fixed", GAMLP_SPLIT_FIXED, 1, 2, "/", false, 0, count_limit, "fixed:K, from 0"},
    {"random", GAMLP_SPLIT_RANDOM, 0, 3, "+,", true, 1, count_limit,
     "random, or random:20+1000+1000@SEED"},
    {"fraction", GAMLP_SPLIT_FRACTION, 3, 3, ",+", true, 0, 0,
     "fraction:0.6,0.2,0.2@SEED, of at most 9 decimals and a sum of at most 1"},
    {"stratified", GAMLP_SPLIT_STRATIFIED, 3, 3, ",+", true, 0, 0,
     "stratified:0.6,0.2,0.2@SEED, of at most 9 decimals and a sum of at most 1"},
    {"pitfalls", GAMLP_SPLIT_PITFALLS, 0, 0, "", true, 0, 0, "pitfalls@SEED"},
    {"time", GAMLP_SPLIT_TIME, 2, 2, ",", false, INT32_MIN, INT32_MAX,
     "time:2017,2018, the second one later"},
    {"file", GAMLP_SPLIT_FILE, 0, 0, "", false, 0, 0, "file:PATH"},
    {NULL, GAMLP_SPLIT_SOURCE, 0, 0, "", false, 0, 0, NULL},
};

static bool is_fraction(gamlp_split_kind kind) {
    return kind == GAMLP_SPLIT_FRACTION || kind == GAMLP_SPLIT_STRATIFIED;
}

static const char *form_name(const void *context, int64_t index) {
    (void)context;
    return forms[index].name;
}

static gamlp_status find_form(const form **found, const char *text) {
    size_t length = strcspn(text, ":@");
    for (*found = forms; (*found)->name; (*found)++)
        if (strlen((*found)->name) == length && memcmp((*found)->name, text, length) == 0)
            return GAMLP_OK;
    char name[GAMLP_NAME_MAX];
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : 0, text);
    const char *nearest = gamlp_text_nearest(form_name, NULL, name);
    return gamlp_fail(GAMLP_E_CONFIG,
                      "split: \"%s\" is none of public, fixed:K, random, fraction:X,Y,Z, "
                      "stratified:X,Y,Z, pitfalls, time:A,B and file:PATH%s%s",
                      text, nearest ? "; nearest is " : "", nearest ? nearest : "");
}

/* Decimal digits, with a sign if there may be one; NULL where there is no number within bounds. */
static const char *take_whole(int64_t *value, const char *text, int64_t low, int64_t high) {
    bool negative = low < 0 && *text == '-';
    const char *digits = text + negative;
    int64_t sum = 0;
    size_t count = strspn(digits, "0123456789");
    if (count < 1 || count > 16) return NULL;
    for (size_t i = 0; i < count; i++) sum = 10 * sum + (digits[i] - '0');
    *value = negative ? -sum : sum;
    return *value >= low && *value <= high ? digits + count : NULL;
}

/* A fraction of more than 0 and at most 1, in billionths. */
static const char *take_fraction(int64_t *value, const char *text) {
    int64_t unit = GAMLP_SPLIT_UNIT;
    const char *end = *text == '.' ? text : take_whole(value, text, 0, 1);
    if (end == text) *value = 0;
    if (!end) return NULL;
    *value *= unit;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9'; end++) {
            unit /= 10;
            if (unit == 0) return NULL;
            *value += unit * (*end - '0');
        }
    return *value > 0 && *value <= GAMLP_SPLIT_UNIT ? end : NULL;
}

/* The numbers behind the colon, up to the at sign or the end; NULL where they are not as they
 * should be. */
static const char *take_numbers(gamlp_split_spec *spec, const form *f, const char *text) {
    while (spec->count < f->most) {
        int64_t *value = &spec->number[spec->count++];
        text = is_fraction(f->kind) ? take_fraction(value, text)
                                    : take_whole(value, text, f->low, f->high);
        if (!text || *text == '@' || *text == 0) return text;
        if (!strchr(f->separators, *text)) return NULL;
        text++;
    }
    return NULL;
}

static bool numbers_agree(const gamlp_split_spec *s) {
    const int64_t *n = s->number;
    if (is_fraction(s->kind)) return s->count == 3 && n[0] + n[1] + n[2] <= GAMLP_SPLIT_UNIT;
    if (s->kind == GAMLP_SPLIT_RANDOM) return s->count == 0 || s->count == 3;
    if (s->kind == GAMLP_SPLIT_FIXED) return s->count == 1 || n[0] < n[1];
    if (s->kind == GAMLP_SPLIT_TIME) return n[0] < n[1];
    return true;
}

static bool take_rest(gamlp_split_spec *spec, const form *f, const char *rest) {
    if (f->kind == GAMLP_SPLIT_FILE) {
        spec->path = rest + 1;
        return rest[0] == ':' && rest[1];
    }
    if (*rest == ':') rest = f->most > 0 ? take_numbers(spec, f, rest + 1) : NULL;
    if (rest && *rest == '@' && f->seed) {
        spec->seeded = true;
        rest = take_whole(&spec->seed, rest + 1, 0, seed_limit);
    }
    return rest && *rest == 0 && spec->count >= f->least && numbers_agree(spec);
}

gamlp_status gamlp_split_spec_parse(gamlp_split_spec *spec, const char *text) {
    const form *f;
    *spec = (gamlp_split_spec){.kind = GAMLP_SPLIT_SOURCE};
    if (!*text) return GAMLP_OK;
    gamlp_status status = find_form(&f, text);
    if (status != GAMLP_OK) return status;
    spec->kind = f->kind;
    if (take_rest(spec, f, text + strlen(f->name))) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG, "split: \"%s\": expected %s", text, f->example);
}

gamlp_status gamlp_split_rule_step(char next[GAMLP_NAME_MAX], const char *rule, int64_t k) {
    gamlp_split_spec spec = {.kind = GAMLP_SPLIT_PUBLIC};
    bool generated = strncmp(rule, "generated:", 10) == 0; /* came with its graph: no --split */
    gamlp_status status = generated ? GAMLP_OK : gamlp_split_spec_parse(&spec, rule);
    if (status != GAMLP_OK) return status;
    if (spec.kind == GAMLP_SPLIT_FIXED) {
        if (k >= spec.number[1] - spec.number[0])
            return gamlp_fail(GAMLP_E_CONFIG,
                              "splits: %" PRId64
                              " of them from %s on, but the last one is fixed:%" PRId64,
                              k + 1, rule, spec.number[1] - 1);
        spec.number[0] += k;
    } else if (!spec.seeded) {
        return gamlp_fail(GAMLP_E_CONFIG,
                          "splits: there is one split \"%s\" only; fixed:K and random have more",
                          rule);
    } else if (k > seed_limit - spec.seed) {
        return gamlp_fail(GAMLP_E_CONFIG, "splits: the seed of %s is too large for more", rule);
    } else {
        spec.seed += k;
    }
    gamlp_split_spec_text(next, &spec);
    return GAMLP_OK;
}

static size_t print_fraction(char *text, size_t size, int64_t value) {
    int64_t digits = 9, rest = value % GAMLP_SPLIT_UNIT;
    if (rest == 0) return (size_t)snprintf(text, size, "%" PRId64, value / GAMLP_SPLIT_UNIT);
    for (; rest % 10 == 0; rest /= 10) digits--;
    return (size_t)snprintf(text, size, "%" PRId64 ".%0*" PRId64, value / GAMLP_SPLIT_UNIT,
                            (int)digits, rest);
}

void gamlp_split_spec_text(char text[GAMLP_NAME_MAX], const gamlp_split_spec *spec) {
    const form *f = forms;
    const size_t size = GAMLP_NAME_MAX;
    text[0] = 0;
    while (f->name && f->kind != spec->kind) f++;
    if (!f->name) return;
    size_t used = (size_t)snprintf(text, size, "%s", f->name);
    if (spec->kind == GAMLP_SPLIT_FILE) {
        const char *slash = strrchr(spec->path, '/');
        snprintf(text + used, size - used, ":%s", slash && slash[1] ? slash + 1 : spec->path);
        int64_t cut = gamlp_text_bad_byte(text);
        if (cut >= 0) text[cut] = 0;
        return;
    }
    for (int64_t i = 0; i < spec->count && used < size; i++) {
        text[used++] = i ? f->separators[0] : ':';
        if (is_fraction(spec->kind))
            used += print_fraction(text + used, size - used, spec->number[i]);
        else
            used += (size_t)snprintf(text + used, size - used, "%" PRId64, spec->number[i]);
    }
    if (spec->seeded && used < size) snprintf(text + used, size - used, "@%" PRId64, spec->seed);
}
