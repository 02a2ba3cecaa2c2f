/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting workers, and ending them. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/crew_launch.h"
#include "runtime/run.h"

static const double farewell = 10, parting = 2; /* seconds for workers to go; to hear of it */

/* sshd drops logins beyond ten that are underway. */
enum { LOGINS = 8 };

/* A member in place i with a number that nobody had. */
static gamlp_status start_member(gamlp_crew *crew, int64_t i) {
    gamlp_member *m = &crew->member[i];
    gamlp_status status = GAMLP_OK;
    *m = (gamlp_member){.number = ++crew->numbers};
    gamlp_process_init(&m->process);
    gamlp_link_plan plan = gamlp_wire_plan((uint16_t)m->number);
    GAMLP_TRY(gamlp_link_accept(&m->wire.link, crew->port, &plan));
    m->wire.check = gamlp_crew_check;
    m->wire.check_context = crew;
    status = gamlp_crew_start_process(crew, i);
done:
    return status;
}

/* Another version would compute other bits, or none. */
static gamlp_status check_hello(const gamlp_member *m) {
    if (strcmp(m->hello.version, gamlp_version()) != 0)
        return gamlp_fail(GAMLP_E_DATA, "worker %lld on %s is gamlp %s, this is %s",
                          (long long)m->number, m->hello.host, m->hello.version, gamlp_version());
    if (m->hello.real_size != (int64_t)sizeof(gamlp_real))
        return gamlp_fail(GAMLP_E_DATA,
                          "worker %lld on %s computes with numbers of %lld bytes, "
                          "this program with %zu",
                          (long long)m->number, m->hello.host, (long long)m->hello.real_size,
                          sizeof(gamlp_real));
    return GAMLP_OK;
}

static int64_t absent(const gamlp_crew *crew) {
    for (int64_t i = 0; i < crew->count; i++)
        if (!crew->member[i].here) return crew->member[i].number;
    return 0;
}

static gamlp_status greet(gamlp_member *m, const gamlp_reader *body) {
    gamlp_status status =
        gamlp_answer_hello_get(&m->hello, body->at, (size_t)(body->end - body->at));
    m->here = true;
    return status == GAMLP_OK ? check_hello(m) : status;
}

/* Until every member is here, and `drops` of them have said that they dropped their shares. */
static gamlp_status await_all(gamlp_crew *crew, int64_t drops) {
    gamlp_order order;
    gamlp_reader body;
    int64_t i;
    gamlp_status status = GAMLP_OK;
    crew->deadline = gamlp_clock() + crew->options->join_timeout;
    crew->dropping = drops > 0;
    while (absent(crew) || drops > 0) {
        GAMLP_TRY(gamlp_crew_hear(&i, &order, &body, crew));
        if (order == GAMLP_ANSWER_DROPPED) drops--;
        if (order == GAMLP_ANSWER_HELLO) GAMLP_TRY(greet(&crew->member[i], &body));
    }
done:
    crew->dropping = false;
    crew->deadline = 0;
    return status;
}

gamlp_status gamlp_crew_choose_launcher(gamlp_crew *c) {
    const gamlp_train_options *o = c->options;
    gamlp_status status = GAMLP_OK;
    c->launcher = (gamlp_launcher)o->launcher;
    c->wanted = o->workers;
    if (o->hosts[0]) {
        c->launcher = GAMLP_LAUNCHER_SSH;
        GAMLP_TRY(gamlp_hosts_read(&c->host, &c->hosts, o->hosts));
        if (c->wanted == 0) c->wanted = gamlp_hosts_slots(c->host, c->hosts);
    } else if (c->launcher == GAMLP_LAUNCHER_SSH) {
        GAMLP_TRY(gamlp_fail(GAMLP_E_CONFIG, "launcher ssh: on which hosts? say --hosts"));
    }
    if (c->launcher != GAMLP_LAUNCHER_LOCAL && c->wanted == 0) c->wanted = gamlp_ticket_world();
    if (o->workers == 0 && c->wanted > gamlp_most_layers(o)) c->wanted = gamlp_most_layers(o);
    if (c->wanted < 1 || c->wanted > GAMLP_SLOTS_MAX)
        status =
            gamlp_fail(GAMLP_E_CONFIG, "how many workers? say --workers, 1 to %d", GAMLP_SLOTS_MAX);
done:
    return status;
}

/* Measured: 20 of the process itself, and three for each worker. */
int64_t gamlp_crew_files(int64_t workers) {
    return 32 + 4 * workers;
}

/* ZeroMQ ends the process when it can open no more. */
static gamlp_status check_files(const gamlp_crew *c) {
    struct rlimit limit;
    int64_t needed = gamlp_crew_files(c->wanted);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)needed) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "%lld workers need about %lld open files, and this process may have %llu "
                      "(ulimit -n)",
                      (long long)c->wanted, (long long)needed, (unsigned long long)limit.rlim_cur);
}

gamlp_status gamlp_crew_new(gamlp_crew **crew, const gamlp_train_options *options,
                            const char *logs) {
    gamlp_crew *c = NULL;
    gamlp_status status = GAMLP_OK;
    *crew = NULL;
    GAMLP_TRY(gamlp_new(&c, 1, sizeof *c, "the workers"));
    c->options = options;
    GAMLP_TRY(gamlp_crew_choose_launcher(c));
    GAMLP_TRY(check_files(c));
    if (logs) GAMLP_TRY(gamlp_strdup(&c->logs, logs));
    GAMLP_TRY(gamlp_new(&c->member, c->wanted, sizeof *c->member, "the workers"));
    GAMLP_TRY(gamlp_new(&c->link, c->wanted, sizeof(gamlp_link *), "the workers"));
    GAMLP_TRY(gamlp_new(&c->shown, c->wanted, sizeof *c->shown, "the workers"));
    GAMLP_TRY(gamlp_crew_find_program(c));
    GAMLP_TRY(gamlp_crew_open_port(c));
    GAMLP_TRY(gamlp_crew_publish(c));
    while (c->count < c->wanted) {
        GAMLP_TRY(start_member(c, c->count++)); /* counted, so that it is ended in any case */
        if (c->launcher == GAMLP_LAUNCHER_SSH && c->count % LOGINS == 0) GAMLP_TRY(await_all(c, 0));
    }
    GAMLP_TRY(await_all(c, 0));
    *crew = c;
    c = NULL;
done:
    gamlp_crew_free(c);
    return status;
}

static void end_member(gamlp_member *m) {
    gamlp_process_end(&m->process, m->lost ? 0 : farewell);
    gamlp_wire_clear(&m->wire);
}

static void remove_empty(int folder, const char *name) {
    struct stat log;
    if (fstatat(folder, name, &log, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(log.st_mode) &&
        log.st_size == 0)
        unlinkat(folder, name, 0);
}

void gamlp_crew_sweep(const char *logs) {
    DIR *folder = opendir(logs);
    if (!folder) return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, "worker-", 7) == 0 &&
            gamlp_text_ends_with(entry->d_name, ".log"))
            remove_empty(dirfd(folder), entry->d_name);
    unlinkat(dirfd(folder), "ticket", 0);
    unlinkat(dirfd(folder), "status.json", 0);
    closedir(folder);
    rmdir(logs);
}

static void dismiss(gamlp_crew *crew) {
    for (int64_t i = 0; i < crew->count; i++)
        if (crew->member[i].here && !crew->member[i].lost)
            gamlp_wire_send(&crew->member[i].wire, GAMLP_ORDER_END, NULL, 0, 0);
    for (int64_t i = 0; i < crew->count; i++)
        if (crew->member[i].here && !crew->member[i].lost && crew->member[i].process.pid == 0)
            gamlp_link_drain(crew->member[i].wire.link, parting);
    for (int64_t i = 0; i < crew->count; i++) end_member(&crew->member[i]);
    gamlp_port_free(crew->port);
    gamlp_hub_free(crew->hub);
    if (crew->logs) gamlp_crew_sweep(crew->logs);
    gamlp_directory_remove(&crew->directory);
    gamlp_free(crew->host);
    gamlp_free(crew->logs);
    gamlp_free(crew->program);
    gamlp_free(crew->member);
    gamlp_free(crew->link);
    gamlp_free(crew->shown);
    explicit_bzero(crew, sizeof *crew); /* its keys */
    gamlp_free(crew);
}

/* Why they are let go outlives what fails on the way. */
void gamlp_crew_free(gamlp_crew *crew) {
    char sentence[1024];
    if (!crew) return;
    snprintf(sentence, sizeof sentence, "%s", gamlp_error_text());
    dismiss(crew);
    gamlp_fail(GAMLP_OK, "%s", sentence);
}

gamlp_status gamlp_crew_renew(gamlp_crew *crew) {
    int64_t drops = 0;
    gamlp_status status = GAMLP_OK;
    crew->restarts++;
    for (int64_t i = 0; crew->launcher == GAMLP_LAUNCHER_SLURM && i < crew->count; i++)
        crew->member[i].lost = true; /* srun starts all of them, or none */
    for (int64_t i = 0; i < crew->count; i++) {
        if (!crew->member[i].lost) continue;
        end_member(&crew->member[i]);
        GAMLP_TRY(start_member(crew, i));
    }
    for (int64_t i = 0; i < crew->count; i++) {
        if (!crew->member[i].here) continue;
        GAMLP_TRY(gamlp_wire_send(&crew->member[i].wire, GAMLP_ORDER_DROP, NULL, 0,
                                  crew->options->peer_timeout));
        drops++;
    }
    status = await_all(crew, drops);
done:
    return status;
}
