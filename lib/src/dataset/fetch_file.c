/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file: what is there, and what its addresses give. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "core/digest.h"
#include "core/file.h"
#include "core/text.h"
#include "dataset/download.h"
#include "dataset/fetch_job.h"
#include "dataset/part.h"
#include "gamlp/alloc.h"

enum { WORTH_A_TRY = 1 << 20 /* bytes that came: the tries are counted anew */ };

/* A file on its way from one address. */
typedef struct getter {
    gamlp_fetch_job *job;
    gamlp_fetch_file *file;
    const gamlp_manifest_file *entry;
    gamlp_part part;
    gamlp_download download;
} getter;

bool gamlp_fetch_tell(gamlp_fetch_job *job) {
    const gamlp_fetch_options *o = job->options;
    return !o->progress || o->progress(o->context, &job->now);
}

gamlp_status gamlp_fetch_address(char **address, const gamlp_fetch_job *job,
                                 const gamlp_manifest_file *entry, int64_t index) {
    const gamlp_manifest *m = job->manifest;
    *address = NULL;
    gamlp_yaml_node list = entry->addresses ? entry->addresses : m->mirrors;
    if (entry->archive || index >= gamlp_yaml_items(m->yaml, list)) return GAMLP_OK;
    const char *base = gamlp_yaml_text(m->yaml, gamlp_yaml_item(m->yaml, list, index));
    return gamlp_text_format(address, "%s%s", base, entry->addresses ? "" : entry->from);
}

gamlp_status gamlp_fetch_file_init(gamlp_fetch_file *file, const gamlp_fetch_job *job,
                                   const gamlp_manifest_file *entry) {
    *file = (gamlp_fetch_file){.size = -1};
    const gamlp_manifest *m = job->manifest;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_strdup(&file->name, entry->name));
    GAMLP_TRY(gamlp_text_format(&file->path, "%s/%s", job->folder, entry->name));
    gamlp_manifest_file source = *entry;
    for (int64_t i = 0; entry->archive && i < gamlp_yaml_items(m->yaml, m->archives); i++) {
        source = gamlp_manifest_entry(m, m->archives, i);
        if (strcmp(source.name, entry->archive) == 0) break;
    }
    GAMLP_TRY(gamlp_fetch_address(&file->address, job, &source, 0));
    if (!file->address) GAMLP_TRY(gamlp_strdup(&file->address, ""));
done:
    if (status != GAMLP_OK) gamlp_fetch_file_clear(file);
    return status;
}

static void set_hash(gamlp_fetch_file *file, const char *hex) {
    snprintf(file->sha256, sizeof file->sha256, "%s", hex ? hex : "");
}

gamlp_status gamlp_fetch_look(gamlp_fetch_file *file, const gamlp_fetch_job *job,
                              const gamlp_manifest_file *entry) {
    struct stat info;
    char hex[GAMLP_HASH_HEX];
    file->verified = false;
    file->size = entry->size;
    file->state = GAMLP_FETCH_MISSING;
    set_hash(file, entry->sha256);
    if (stat(file->path, &info) != 0) return GAMLP_OK;
    file->size = info.st_size;
    bool fits = S_ISREG(info.st_mode) && info.st_size > 0 &&
                (entry->size < 0 || entry->size == info.st_size);
    file->state = fits ? GAMLP_FETCH_PRESENT : GAMLP_FETCH_DIFFERS;
    if (job->options->plan || !S_ISREG(info.st_mode)) return GAMLP_OK;
    gamlp_status status = gamlp_file_digest(hex, &file->size, file->path);
    if (status != GAMLP_OK) return status;
    set_hash(file, hex);
    if (fits && entry->sha256) {
        file->verified = strcmp(entry->sha256, hex) == 0;
        if (!file->verified) file->state = GAMLP_FETCH_DIFFERS;
    }
    return GAMLP_OK;
}

/* Callbacks of the download. */

static gamlp_status on_begin(void *context, bool whole, int64_t total, const char *validator) {
    getter *g = context;
    int64_t size = g->entry->size;
    g->job->now.total = size >= 0 ? size : total;
    if (total >= 0 && size >= 0 && total != size) {
        g->download.advice = GAMLP_DOWNLOAD_LEAVE;
        return gamlp_fail(GAMLP_E_DATA, "it has %lld bytes, expected %lld", (long long)total,
                          (long long)size);
    }
    g->file->resumed = whole ? 0 : g->part.size;
    if (!whole) return GAMLP_OK;
    gamlp_part_origin origin;
    snprintf(origin.address, sizeof origin.address, "%s", g->download.address);
    snprintf(origin.validator, sizeof origin.validator, "%s", validator);
    return gamlp_part_restart(&g->part, &origin);
}

static gamlp_status on_write(void *context, const void *data, size_t size) {
    getter *g = context;
    return gamlp_part_append(&g->part, data, size);
}

static bool go_on(void *context) {
    getter *g = context;
    g->job->now.received = g->part.size;
    return gamlp_fetch_tell(g->job);
}

static bool wait_for_other(void *context) {
    gamlp_fetch_job *job = context;
    job->now.waiting = true;
    bool go = gamlp_fetch_tell(job);
    job->now.waiting = false;
    return go;
}

/* Ask for what is missing only when the bytes that are here are surely of the same file, or when
 * the hash will tell. */
static void choose_range(getter *g, bool afresh) {
    gamlp_download *d = &g->download;
    const gamlp_part_origin *origin = &g->part.origin;
    bool same = strcmp(origin->address, d->address) == 0 && origin->validator[0];
    d->offset = g->part.size;
    d->validator = same ? origin->validator : "";
    if (afresh || strncmp(d->address, "file:", 5) == 0 || (!same && !g->entry->sha256) ||
        d->offset >= d->limit)
        d->offset = 0;
}

/* Whether what came is what the manifest says. */
static gamlp_status check(getter *g) {
    const gamlp_manifest_file *e = g->entry;
    char hex[GAMLP_HASH_HEX];
    g->download.advice = GAMLP_DOWNLOAD_RETRY;
    if (g->part.size == 0) return gamlp_fail(GAMLP_E_DATA, "the file has no bytes");
    if (e->size >= 0 && g->part.size < e->size)
        return gamlp_fail(GAMLP_E_DATA, "it ended at byte %lld, expected %lld",
                          (long long)g->part.size, (long long)e->size);
    g->download.advice = GAMLP_DOWNLOAD_STOP;
    gamlp_status status = gamlp_part_hash(hex, &g->part);
    if (status != GAMLP_OK) return status;
    if (e->sha256 && strcmp(e->sha256, hex) != 0) {
        g->download.advice = g->file->resumed > 0 ? GAMLP_DOWNLOAD_AFRESH : GAMLP_DOWNLOAD_LEAVE;
        gamlp_part_drop(&g->part);
        return gamlp_fail(GAMLP_E_DATA, "its sha256 is %s, expected %s", hex, e->sha256);
    }
    status = gamlp_part_finish(&g->part, g->job->archive);
    if (status != GAMLP_OK) return status;
    g->file->state = GAMLP_FETCH_FETCHED;
    g->file->size = g->part.size;
    g->file->verified = e->sha256 != NULL;
    set_hash(g->file, hex);
    return GAMLP_OK;
}

/* Sleep, at most a tenth of a second at a time between questions whether to go on. */
static gamlp_status pause_between(getter *g, double seconds) {
    const struct timespec tenth = {.tv_nsec = 100000000};
    for (; seconds > 0; seconds -= 0.1) {
        if (!gamlp_fetch_tell(g->job)) {
            g->download.advice = GAMLP_DOWNLOAD_STOP;
            return gamlp_fail(GAMLP_E_STOPPED, "stopped at byte %lld", (long long)g->part.size);
        }
        nanosleep(&tenth, NULL);
    }
    return GAMLP_OK;
}

/* All tries at one address. */
static gamlp_status try_address(getter *g) {
    const gamlp_fetch_options *o = g->job->options;
    gamlp_status status = GAMLP_OK;
    double pause = 0;
    int64_t most = g->part.size;
    bool afresh = false;
    for (int64_t attempt = 1; attempt <= o->tries; attempt++) {
        if ((status = pause_between(g, pause)) != GAMLP_OK) return status;
        choose_range(g, afresh);
        status = gamlp_download_run(&g->download);
        if (status == GAMLP_OK) status = check(g);
        if (status == GAMLP_OK || g->download.advice >= GAMLP_DOWNLOAD_LEAVE) return status;
        afresh = g->download.advice == GAMLP_DOWNLOAD_AFRESH;
        pause = afresh ? 0 : pause > 0 ? 2 * pause : o->pause_seconds;
        if (g->part.size - most >= WORTH_A_TRY) {
            most = g->part.size;
            attempt = 0;
            pause = o->pause_seconds;
        }
    }
    return status;
}

/* Bytes that are already enough are looked at before any address is asked. */
static gamlp_status look_at_part(bool *complete, getter *g) {
    const gamlp_manifest_file *e = g->entry;
    *complete = false;
    if (!e->sha256 || e->size < 0 || g->part.size < e->size) return GAMLP_OK;
    g->file->resumed = g->part.size;
    gamlp_status status = g->part.size == e->size ? check(g) : GAMLP_E_DATA;
    *complete = status == GAMLP_OK;
    if (*complete || status != GAMLP_E_DATA) return status;
    gamlp_part_drop(&g->part);
    return GAMLP_OK;
}

static gamlp_status give_up(const getter *g, gamlp_status status, const char *reasons) {
    const gamlp_fetch_job *job = g->job;
    if (g->download.advice == GAMLP_DOWNLOAD_STOP)
        return gamlp_fail(status, "%s: %s: %s", job->set, g->entry->name, reasons);
    return gamlp_fail(status,
                      "%s: cannot fetch %s: %s; by hand: save it as %s, or put the files into a "
                      "folder DIR and run gamlp import DIR --out NAME.gamlp",
                      job->set, g->entry->name, reasons, g->file->path);
}

static gamlp_status try_addresses(getter *g) {
    gamlp_status status = GAMLP_OK, worst = GAMLP_OK;
    char *address = NULL, *reasons = NULL;
    for (int64_t i = 0; worst == GAMLP_OK || g->download.advice != GAMLP_DOWNLOAD_STOP; i++) {
        GAMLP_TRY(gamlp_fetch_address(&address, g->job, g->entry, i));
        if (!address) break;
        g->job->now.address = g->download.address = address;
        status = try_address(g);
        g->job->now.address = NULL;
        if (status == GAMLP_OK) {
            gamlp_free(g->file->address);
            g->file->address = address;
            address = NULL;
            goto done;
        }
        char *all = NULL;
        worst = status;
        GAMLP_TRY(gamlp_text_format(&all, "%s%s%s: %s", reasons ? reasons : "", reasons ? "; " : "",
                                    address, gamlp_error_text()));
        gamlp_free(reasons);
        gamlp_free(address);
        reasons = all;
        address = NULL;
    }
    status = give_up(g, worst, reasons ? reasons : "no address is known");
done:
    gamlp_free(address);
    gamlp_free(reasons);
    return status;
}

gamlp_status gamlp_fetch_get(bool *again, gamlp_fetch_file *file, gamlp_fetch_job *job,
                             const gamlp_manifest_file *entry) {
    const gamlp_fetch_options *o = job->options;
    getter g = {.job = job, .file = file, .entry = entry};
    g.download = (gamlp_download){.context = &g,
                                  .begin = on_begin,
                                  .write = on_write,
                                  .go_on = go_on,
                                  .connect_seconds = o->connect_seconds,
                                  .stall_seconds = o->stall_seconds};
    g.download.limit = entry->size >= 0    ? entry->size
                       : entry->limit >= 0 ? entry->limit
                                           : o->max_size;
    job->now.received = 0;
    job->now.total = entry->size;
    gamlp_status status = gamlp_part_open(&g.part, file->path, wait_for_other, job);
    if (status != GAMLP_OK) return status;
    *again = g.part.waited || (file->state == GAMLP_FETCH_MISSING && gamlp_file_exists(file->path));
    bool complete = *again;
    if (!*again) status = look_at_part(&complete, &g);
    if (status == GAMLP_OK && !complete) status = try_addresses(&g);
    gamlp_part_close(&g.part);
    return status;
}
