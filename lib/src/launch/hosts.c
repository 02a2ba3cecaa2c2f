/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launch/hosts.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/option.h"

enum { FILE_LIMIT = 1 << 20 };

typedef struct list {
    gamlp_host *host;
    int64_t count, room;
} list;

static gamlp_status add(list *l, const gamlp_host *host) {
    if (l->count == l->room) {
        int64_t room = l->room ? 2 * l->room : 8;
        gamlp_status status = gamlp_grow(&l->host, l->room, room, sizeof *l->host, "hosts");
        if (status != GAMLP_OK) return status;
        l->room = room;
    }
    l->host[l->count++] = *host;
    return GAMLP_OK;
}

static bool read_slots(int64_t *slots, const char *text) {
    char *end;
    *slots = strtoll(text, &end, 10);
    return end != text && *end == 0 && *slots >= 1 && *slots <= GAMLP_SLOTS_MAX;
}

/* A name that a command line takes for an option is none, nor is the path of a file. */
static bool set_name(gamlp_host *host, const char *word) {
    return word[0] && word[0] != '-' && !strpbrk(word, "/ \t") &&
           snprintf(host->name, sizeof host->name, "%s", word) < (int)sizeof host->name;
}

static bool set_word(gamlp_host *host, const char *word) {
    if (strncmp(word, "slots=", 6) == 0) return read_slots(&host->slots, word + 6);
    if (strncmp(word, "mem=", 4) == 0)
        return gamlp_option_bytes(&host->memory, "mem", word + 4) == GAMLP_OK;
    if (strncmp(word, "addr=", 5) != 0) return !host->name[0] && set_name(host, word);
    return word[5] && snprintf(host->address, sizeof host->address, "%s", word + 5) <
                          (int)sizeof host->address;
}

/* One line of a file; what follows # is a comment. */
static gamlp_status read_line(list *l, char *line, int64_t number, const char *path) {
    gamlp_host host = {.slots = 1};
    line[strcspn(line, "#\r")] = 0;
    for (char *word = line; *(word += strspn(word, " \t"));) {
        size_t length = strcspn(word, " \t");
        char end = word[length];
        word[length] = 0;
        if (!set_word(&host, word))
            return gamlp_fail(
                GAMLP_E_CONFIG,
                "%s: line %lld: %s: expected HOST [slots=N] [addr=ADDRESS] [mem=BYTES]", path,
                (long long)number, word);
        word += length + (end != 0);
    }
    return host.name[0] ? add(l, &host) : GAMLP_OK;
}

static gamlp_status read_file(list *l, const char *path) {
    gamlp_bytes bytes;
    gamlp_status status = gamlp_file_read(&bytes, path, FILE_LIMIT);
    if (status != GAMLP_OK) return status;
    char *line = (char *)bytes.data;
    for (int64_t number = 1; *line && status == GAMLP_OK; number++) {
        char *end = line + strcspn(line, "\n"), was = *end;
        *end = 0;
        status = read_line(l, line, number, path);
        line = end + (was != 0);
    }
    gamlp_bytes_clear(&bytes);
    return status;
}

static gamlp_status read_list(list *l, const char *text) {
    while (*text) {
        char word[GAMLP_HOST_TEXT];
        gamlp_host host = {.slots = 1};
        text += strspn(text, " ");
        size_t length = strcspn(text, ",");
        if (length < sizeof word) {
            memcpy(word, text, length);
            word[length] = 0;
            char *slots = strrchr(word, ':');
            if (slots) *slots++ = 0;
            if (set_name(&host, word) && (!slots || read_slots(&host.slots, slots))) {
                gamlp_status status = add(l, &host);
                if (status != GAMLP_OK) return status;
                text += length + (text[length] == ',');
                continue;
            }
        }
        return gamlp_fail(GAMLP_E_CONFIG,
                          "hosts: %.60s: expected a file that is there, or HOST:N,HOST,...", text);
    }
    return GAMLP_OK;
}

/* What is meant as a path and not as a host, as nobody names one so. */
static bool is_path(const char *text) {
    static const char *const ending[] = {".txt", ".list", ".lst", ".hosts", ".conf", ".cfg"};
    bool is = strchr(text, '/') != NULL;
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++)
        is = is || gamlp_text_ends_with(text, ending[i]);
    return is;
}

gamlp_status gamlp_hosts_read(gamlp_host **host, int64_t *count, const char *text) {
    list l = {0};
    gamlp_status status;
    if (gamlp_file_exists(text))
        status = read_file(&l, text);
    else if (is_path(text))
        status = gamlp_fail(GAMLP_E_NOINPUT, "hosts: %s: this file does not exist", text);
    else
        status = read_list(&l, text);
    if (status == GAMLP_OK && l.count == 0)
        status = gamlp_fail(GAMLP_E_CONFIG, "hosts: %s: there is no host in it", text);
    if (status != GAMLP_OK) {
        gamlp_free(l.host);
        l = (list){0};
    }
    *host = l.host;
    *count = l.count;
    return status;
}

int64_t gamlp_hosts_slots(const gamlp_host *host, int64_t count) {
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++) sum += host[i].slots;
    return sum;
}

const gamlp_host *gamlp_hosts_place(const gamlp_host *host, int64_t count, int64_t i) {
    i %= gamlp_hosts_slots(host, count);
    while (i >= host->slots) i -= host++->slots;
    return host;
}
