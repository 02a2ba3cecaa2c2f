/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The coordinator's door, and the ways in which workers are brought to it: processes of this host,
 * by ssh, by srun, or by the user. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "launch/command.h"
#include "runtime/address.h"
#include "runtime/crew_launch.h"
#include "transport/socket.h"

gamlp_status gamlp_crew_find_program(gamlp_crew *crew) {
    char path[PATH_MAX];
    if (crew->options->program[0]) return gamlp_strdup(&crew->program, crew->options->program);
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size < 0)
        return gamlp_fail(GAMLP_E_NOINPUT, "where is this program? %s; say --program",
                          strerror(errno));
    path[size] = 0;
    return gamlp_strdup(&crew->program, path);
}

static gamlp_status draw_job(gamlp_crew *crew) {
    unsigned char bytes[GAMLP_HASH_KEY];
    gamlp_status status = gamlp_hash_key(bytes);
    memcpy(&crew->job, bytes, sizeof crew->job);
    return status;
}

/* Where workers of other hosts find us. */
static gamlp_status find_address(char address[GAMLP_ADDRESS_TEXT], const gamlp_crew *crew) {
    const gamlp_train_options *o = crew->options;
    const char *node = getenv("SLURM_LAUNCH_NODE_IPADDR");
    char endpoint[GAMLP_HOST_TEXT + 16], name[GAMLP_HOST_TEXT] = "";
    snprintf(address, GAMLP_ADDRESS_TEXT, "%s", o->listen[0] ? "" : "127.0.0.1");
    if (o->listen[0] &&
        snprintf(address, GAMLP_ADDRESS_TEXT, "%s", o->listen) >= GAMLP_ADDRESS_TEXT)
        return gamlp_fail(GAMLP_E_CONFIG, "listen: %s is no address", o->listen);
    if (o->listen[0] || crew->launcher == GAMLP_LAUNCHER_LOCAL) return GAMLP_OK;
    if (crew->launcher == GAMLP_LAUNCHER_SLURM && node)
        return snprintf(address, GAMLP_ADDRESS_TEXT, "%s", node) < GAMLP_ADDRESS_TEXT
                   ? GAMLP_OK
                   : gamlp_fail(GAMLP_E_CONFIG, "SLURM_LAUNCH_NODE_IPADDR is no address");
    if (crew->launcher != GAMLP_LAUNCHER_SSH) {
        gethostname(name, sizeof name - 1);
        snprintf(endpoint, sizeof endpoint, "tcp://%s:9", name);
    } else {
        const gamlp_host *h = crew->host;
        snprintf(endpoint, sizeof endpoint, "tcp://%s:9", h->address[0] ? h->address : h->name);
    }
    return gamlp_address_towards(address, endpoint);
}

/* Keys of this run, which workers get with their tickets. */
static gamlp_status make_keys(gamlp_crew *crew, gamlp_keyring *ring) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_keypair_new(&crew->keys));
    GAMLP_TRY(gamlp_keypair_new(&crew->worker_keys));
    status = gamlp_keyring_add(ring, crew->worker_keys.public_key);
done:
    return status;
}

gamlp_status gamlp_crew_open_port(gamlp_crew *crew) {
    const gamlp_train_options *o = crew->options;
    bool ipc = crew->launcher == GAMLP_LAUNCHER_LOCAL && o->transport == GAMLP_TRANSPORT_IPC;
    char *endpoint = NULL, address[GAMLP_ADDRESS_TEXT];
    gamlp_hub_options options;
    gamlp_keyring ring = {0};
    gamlp_status status = GAMLP_OK;
    gamlp_hub_options_default(&options);
    GAMLP_TRY(draw_job(crew));
    options.job = crew->job;
    options.insecure = o->insecure;
    if (ipc) {
        GAMLP_TRY(gamlp_directory_private(&crew->directory));
        GAMLP_TRY(gamlp_text_format(&endpoint, "ipc://%s/0", crew->directory.path));
    } else {
        GAMLP_TRY(find_address(address, crew));
        GAMLP_TRY(gamlp_text_format(&endpoint, "tcp://%s:*", address));
    }
    crew->secure = o->curve || (!o->insecure && gamlp_endpoint_check(endpoint, false) != GAMLP_OK);
    if (crew->secure) {
        GAMLP_TRY(make_keys(crew, &ring));
        options.keys = &crew->keys;
        options.ring = &ring;
    }
    GAMLP_TRY(gamlp_hub_new(&crew->hub, &options));
    status = gamlp_port_bind(&crew->port, crew->hub, endpoint);
done:
    gamlp_keyring_clear(&ring);
    gamlp_free(endpoint);
    return status;
}

/* Workers on the host of the one in place i, as far as that is known before they come; where Slurm
 * or the user starts them, they find the processors that are theirs. */
static int64_t sharers_of(const gamlp_crew *crew, int64_t i) {
    int64_t count = 0;
    if (crew->launcher == GAMLP_LAUNCHER_LOCAL) return crew->wanted;
    if (crew->launcher != GAMLP_LAUNCHER_SSH) return 1;
    const gamlp_host *host = gamlp_hosts_place(crew->host, crew->hosts, i);
    for (int64_t k = 0; k < crew->wanted; k++)
        count += gamlp_hosts_place(crew->host, crew->hosts, k) == host;
    return count;
}

static void write_ticket(gamlp_ticket *ticket, const gamlp_crew *crew, int64_t number) {
    gamlp_ticket_default(ticket);
    snprintf(ticket->coordinator, sizeof ticket->coordinator, "%s",
             gamlp_port_endpoint(crew->port));
    if (crew->directory.path)
        snprintf(ticket->bind, sizeof ticket->bind, "ipc:%s", crew->directory.path);
    if (crew->secure) {
        memcpy(ticket->key, crew->keys.public_key, sizeof ticket->key);
        memcpy(ticket->public_key, crew->worker_keys.public_key, sizeof ticket->public_key);
        memcpy(ticket->secret_key, crew->worker_keys.secret_key, sizeof ticket->secret_key);
    }
    ticket->job = crew->job;
    ticket->number = number;
    ticket->base = crew->base;
    ticket->attempt = crew->restarts;
    ticket->threads = crew->options->threads;
    ticket->insecure = crew->options->insecure;
    ticket->patience = 2 * crew->options->peer_timeout;
}

/* Who does not read it has ended, or will not come: which of them is told when it is noticed. */
static void hand_over(const gamlp_process *process, const gamlp_ticket *ticket) {
    char text[4096];
    gamlp_ticket_print(text, sizeof text, ticket);
    (void)gamlp_process_write(process, text, strlen(text));
    explicit_bzero(text, sizeof text);
}

static gamlp_status log_path(char **path, const gamlp_crew *crew, const char *name, int64_t n) {
    *path = NULL;
    if (!crew->logs) return GAMLP_OK;
    return gamlp_text_format(path, "%s/%s-%lld.log", crew->logs, name, (long long)n);
}

gamlp_status gamlp_crew_command(gamlp_command *command, const gamlp_crew *crew, int64_t i) {
    const gamlp_train_options *o = crew->options;
    if (crew->launcher == GAMLP_LAUNCHER_SSH)
        return gamlp_command_ssh(
            command, o->ssh, gamlp_hosts_place(crew->host, crew->hosts, i)->name, crew->program);
    if (crew->launcher == GAMLP_LAUNCHER_SLURM)
        return gamlp_command_srun(command, o->srun, crew->wanted, crew->program);
    return gamlp_command_local(command, crew->program);
}

gamlp_status gamlp_crew_start_process(gamlp_crew *crew, int64_t i) {
    gamlp_member *m = &crew->member[i];
    gamlp_command command = {0};
    gamlp_ticket ticket;
    char *log = NULL;
    gamlp_status status = GAMLP_OK;
    if (crew->launcher == GAMLP_LAUNCHER_NONE) return GAMLP_OK;
    if (crew->launcher == GAMLP_LAUNCHER_SLURM && i > 0) return GAMLP_OK;
    GAMLP_TRY(gamlp_crew_command(&command, crew, i));
    GAMLP_TRY(log_path(&log, crew, "worker", m->number));
    GAMLP_TRY(gamlp_process_start(&m->process, command.word, log));
    bool many = crew->launcher == GAMLP_LAUNCHER_SLURM;
    if (many) crew->base = m->number - 1;
    write_ticket(&ticket, crew, many ? 0 : m->number);
    ticket.sharers = sharers_of(crew, i);
    if (crew->launcher == GAMLP_LAUNCHER_SSH)
        snprintf(ticket.bind, sizeof ticket.bind, "%s",
                 gamlp_hosts_place(crew->host, crew->hosts, i)->address);
    hand_over(&m->process, &ticket);
    explicit_bzero(&ticket, sizeof ticket);
done:
    gamlp_command_clear(&command);
    gamlp_free(log);
    return status;
}

/* The host of worker i: its place in the list, or that of the first worker of the same name. */
static int64_t host_of(const gamlp_crew *crew, int64_t i) {
    int64_t k = 0;
    if (crew->launcher == GAMLP_LAUNCHER_SSH)
        return gamlp_hosts_place(crew->host, crew->hosts, i) - crew->host;
    if (crew->launcher == GAMLP_LAUNCHER_LOCAL) return 0;
    if (i >= crew->count) return i;
    while (strcmp(crew->member[k].hello.host, crew->member[i].hello.host) != 0) k++;
    return k;
}

void gamlp_crew_places(gamlp_place *place, int64_t count, const gamlp_crew *crew) {
    for (int64_t i = 0; i < count; i++) {
        double here = INFINITY;
        place[i].host = host_of(crew, i);
        if (i < crew->count && crew->member[i].hello.memory > 0)
            here = (double)crew->member[i].hello.memory;
        if (i >= crew->count && crew->launcher == GAMLP_LAUNCHER_LOCAL)
            here = (double)gamlp_memory_of_host();
        if (crew->options->worker_memory[0]) here = INFINITY;
        if (crew->launcher == GAMLP_LAUNCHER_SSH && crew->host[place[i].host].memory > 0)
            here = (double)crew->host[place[i].host].memory;
        place[i].bytes = here;
    }
}

/* What the user needs who starts workers: a file that only the owner reads. */
gamlp_status gamlp_crew_publish(const gamlp_crew *crew) {
    gamlp_ticket ticket;
    char text[4096], *path = NULL;
    gamlp_status status = GAMLP_OK;
    if (crew->launcher != GAMLP_LAUNCHER_NONE || !crew->logs) return GAMLP_OK;
    write_ticket(&ticket, crew, 0);
    gamlp_ticket_print(text, sizeof text, &ticket);
    explicit_bzero(&ticket, sizeof ticket);
    GAMLP_TRY(gamlp_text_format(&path, "%s/ticket", crew->logs));
    mode_t mask = umask(077);
    status = gamlp_file_write(path, text, strlen(text));
    umask(mask);
    if (status == GAMLP_OK)
        gamlp_log(GAMLP_LOG_INFO, "waiting for %lld workers: gamlp worker --ticket %s --number N",
                  (long long)crew->wanted, path);
done:
    explicit_bzero(text, sizeof text);
    gamlp_free(path);
    return status;
}
