/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gamlp/worker.h"

static const char title[] = "gamlp-ticket 1";

void gamlp_ticket_default(gamlp_ticket *ticket) {
    *ticket = (gamlp_ticket){.patience = 60, .sharers = 1};
}

void gamlp_ticket_print(char *text, size_t size, const gamlp_ticket *t) {
    snprintf(text, size,
             "%s\ncoordinator %s\nbind %s\nkey %s\npublic-key %s\nsecret-key %s\njob %016" PRIx64
             "\nnumber %lld\nbase %lld\nattempt %lld\nthreads %lld\nsharers %lld\ninsecure "
             "%d\npatience %.17g\n\n",
             title, t->coordinator, t->bind, t->key, t->public_key, t->secret_key, t->job,
             (long long)t->number, (long long)t->base, (long long)t->attempt, (long long)t->threads,
             (long long)t->sharers, t->insecure, t->patience);
}

static bool copy_text(char *to, size_t size, const char *value) {
    return snprintf(to, size, "%s", value) < (int)size;
}

static bool read_int(int64_t *to, const char *value, int64_t most) {
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    *to = number;
    return errno == 0 && end != value && *end == 0 && number >= 0 && number <= most;
}

static bool read_job(uint64_t *to, const char *value) {
    char *end;
    errno = 0;
    *to = strtoull(value, &end, 16);
    return errno == 0 && strlen(value) == 16 && *end == 0;
}

static bool read_patience(double *to, const char *value) {
    char *end;
    *to = strtod(value, &end);
    return end != value && *end == 0 && *to > 0 && *to < 1e9;
}

static bool set_field(gamlp_ticket *t, const char *name, const char *value) {
    int64_t flag = 0;
    if (strcmp(name, "coordinator") == 0)
        return copy_text(t->coordinator, sizeof t->coordinator, value);
    if (strcmp(name, "bind") == 0) return copy_text(t->bind, sizeof t->bind, value);
    if (strcmp(name, "key") == 0) return copy_text(t->key, sizeof t->key, value);
    if (strcmp(name, "public-key") == 0)
        return copy_text(t->public_key, sizeof t->public_key, value);
    if (strcmp(name, "secret-key") == 0)
        return copy_text(t->secret_key, sizeof t->secret_key, value);
    if (strcmp(name, "job") == 0) return read_job(&t->job, value);
    if (strcmp(name, "number") == 0) return read_int(&t->number, value, UINT16_MAX);
    if (strcmp(name, "base") == 0) return read_int(&t->base, value, UINT16_MAX);
    if (strcmp(name, "attempt") == 0) return read_int(&t->attempt, value, UINT16_MAX);
    if (strcmp(name, "threads") == 0) return read_int(&t->threads, value, 4096);
    if (strcmp(name, "sharers") == 0)
        return read_int(&t->sharers, value, UINT16_MAX) && t->sharers > 0;
    if (strcmp(name, "patience") == 0) return read_patience(&t->patience, value);
    if (strcmp(name, "insecure") != 0 || !read_int(&flag, value, 1)) return false;
    t->insecure = flag != 0;
    return true;
}

static gamlp_status parse_line(gamlp_ticket *ticket, const char *line, size_t length, int number) {
    char text[512];
    if (length >= sizeof text)
        return gamlp_fail(GAMLP_E_CONFIG, "the ticket: line %d is too long", number);
    memcpy(text, line, length);
    text[length] = 0;
    char *value = strchr(text, ' ');
    if (value) *value++ = 0;
    bool good = value && set_field(ticket, text, value);
    gamlp_status status =
        good ? GAMLP_OK
             : gamlp_fail(GAMLP_E_CONFIG, "the ticket: line %d (%s) is wrong", number, text);
    explicit_bzero(text, sizeof text); /* it may be a key */
    return status;
}

gamlp_status gamlp_ticket_parse(gamlp_ticket *ticket, const char *text) {
    gamlp_status status = GAMLP_OK;
    size_t head = sizeof title - 1;
    gamlp_ticket_default(ticket);
    if (strncmp(text, title, head) != 0 || text[head] != '\n')
        return gamlp_fail(GAMLP_E_CONFIG, "the ticket does not begin with \"%s\"", title);
    text += head + 1;
    for (int number = 2; *text && *text != '\n' && status == GAMLP_OK; number++) {
        size_t length = strcspn(text, "\n");
        status = parse_line(ticket, text, length, number);
        text += length + (text[length] == '\n');
    }
    return status;
}

/* The first of these variables that holds a number; `none` when there is no such. */
static int64_t first_number(const char *const name[], size_t count, int64_t none) {
    int64_t number;
    for (size_t i = 0; i < count; i++) {
        const char *value = getenv(name[i]);
        if (value && read_int(&number, value, UINT16_MAX)) return number;
    }
    return none;
}

int64_t gamlp_ticket_rank(void) {
    static const char *const name[] = {"SLURM_PROCID", "PMI_RANK", "OMPI_COMM_WORLD_RANK",
                                       "JOB_COMPLETION_INDEX", "RANK"};
    return first_number(name, sizeof name / sizeof name[0], -1);
}

int64_t gamlp_ticket_world(void) {
    static const char *const name[] = {"SLURM_NTASKS", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE",
                                       "WORLD_SIZE"};
    return first_number(name, sizeof name / sizeof name[0], 0);
}
