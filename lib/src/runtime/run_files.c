/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "runtime/run_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/temporary.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/run.h"

enum { MAX_NUMBER = 1000000 };

/* Make the next free runs/DATASET-SOLVER-NUMBER; characters of a path become '-'. */
static gamlp_status claim_name(char **path, const gamlp_train_options *o) {
    char solver[GAMLP_OPTION_TEXT], name[GAMLP_OPTION_TEXT];
    const char *base = strrchr(o->dataset, '/');
    size_t length = 0;
    for (const char *p = base ? base + 1 : o->dataset; *p; p++)
        name[length++] = strchr(": \t", *p) ? '-' : *p;
    name[length] = 0;
    gamlp_report_solver(o, solver);
    for (int number = 1; number < MAX_NUMBER; number++) {
        bool made = false;
        gamlp_status status = gamlp_text_format(path, "runs/%s-%s-%d", name, solver, number);
        if (status == GAMLP_OK && gamlp_file_exists(*path)) {
            gamlp_free(*path);
            continue;
        }
        if (status == GAMLP_OK) status = gamlp_directory_make(&made, *path);
        if (status == GAMLP_OK && made) return GAMLP_OK;
        gamlp_free(*path);
        *path = NULL;
        if (status != GAMLP_OK) return status;
    }
    *path = NULL;
    return gamlp_fail(GAMLP_E_CREATE, "runs: no free name left for %s-%s", name, solver);
}

/* Any file that a run would replace may be another run's, or not of a run at all. */
static gamlp_status refuse_old_files(const gamlp_train_options *o) {
    static const char *const name[] = {"summary.json", "config.yaml", "run.jsonl",
                                       "model.safetensors", "checkpoint/manifest.json"};
    gamlp_status status = GAMLP_OK;
    for (size_t i = 0; i < sizeof name / sizeof name[0] - o->resume && status == GAMLP_OK; i++) {
        char *path;
        status = gamlp_text_format(&path, "%s/%s", o->out, name[i]);
        if (status == GAMLP_OK && gamlp_file_exists(path))
            status = gamlp_fail(GAMLP_E_CREATE,
                                "%s: holds a run already (%s); name another --out or say "
                                "--overwrite",
                                o->out, name[i]);
        gamlp_free(path);
    }
    return status;
}

/* Length of the longest leading part of a path that exists. */
static size_t existing_part(const char *path) {
    char part[GAMLP_OPTION_TEXT];
    size_t length = strlen(path);
    while (length > 0) {
        memcpy(part, path, length);
        part[length] = 0;
        if (gamlp_file_exists(part)) return length;
        for (length--; length > 0 && path[length] != '/';) length--;
    }
    return 0;
}

/* One run at a time: two would mix their files and checkpoints.  A file system without locks leaves
 * that to the user. */
static gamlp_status lock_directory(gamlp_run_files *files) {
    int fd = open(files->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return GAMLP_OK;
    if (gamlp_temporary_lock(fd) == EWOULDBLOCK) {
        close(fd);
        return gamlp_fail(GAMLP_E_CREATE, "%s: another run writes there now", files->directory);
    }
    files->lock = fd;
    return GAMLP_OK;
}

static gamlp_status make_directory(gamlp_run_files *files, const gamlp_train_options *o) {
    gamlp_status status = GAMLP_OK;
    files->existing = existing_part(o->out[0] ? o->out : "runs");
    if (o->out[0]) {
        GAMLP_TRY(gamlp_strdup(&files->directory, o->out));
        GAMLP_TRY(gamlp_directory_make(NULL, o->out));
    } else {
        GAMLP_TRY(claim_name(&files->directory, o));
    }
    GAMLP_TRY(lock_directory(files));
    if (o->out[0] && !o->overwrite) GAMLP_TRY(refuse_old_files(o));
done:
    return status;
}

gamlp_status gamlp_run_files_init(gamlp_run_files *files, const gamlp_train_options *options,
                                  int64_t capacity) {
    *files = (gamlp_run_files){.capacity = capacity,
                               .seed = options->seed,
                               .seeds = options->seeds,
                               .seed_step = options->seed_step,
                               .splits = options->splits};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_new(&files->output, capacity, sizeof *files->output, "the files of a run"));
    GAMLP_TRY(make_directory(files, options));
done:
    if (status != GAMLP_OK) gamlp_run_files_clear(files);
    return status;
}

/* rmdir spares a directory that holds anything. */
static void remove_made(char *path, size_t existing) {
    for (size_t length = strlen(path); length > existing && rmdir(path) == 0;) {
        while (length > existing && path[length] != '/') length--;
        path[length] = 0;
    }
}

void gamlp_run_files_clear(gamlp_run_files *files) {
    if (!files) return;
    for (int64_t i = 0; i < files->count; i++) gamlp_output_abandon(&files->output[i]);
    if (files->directory) remove_made(files->directory, files->existing);
    if (files->lock > 0) close(files->lock);
    gamlp_free(files->output);
    gamlp_free(files->directory);
    *files = (gamlp_run_files){0};
}

gamlp_status gamlp_run_files_open(gamlp_output **output, gamlp_run_files *files, const char *name) {
    char *path;
    if (files->count == files->capacity)
        return gamlp_fail(GAMLP_E_INTERNAL, "%s: more files than foreseen", files->directory);
    gamlp_status status = gamlp_text_format(&path, "%s/%s", files->directory, name);
    *output = &files->output[files->count];
    if (status == GAMLP_OK) status = gamlp_output_open(*output, path);
    if (status == GAMLP_OK) files->count++;
    gamlp_free(path);
    return status;
}

static void forget(gamlp_run_files *files, const char *name) {
    size_t head = strlen(files->directory) + 1;
    for (int64_t i = 0; i < files->count; i++)
        if (files->output[i].path && strcmp(files->output[i].path + head, name) == 0)
            gamlp_output_abandon(&files->output[i]);
}

gamlp_status gamlp_run_files_put(gamlp_run_files *files, const char *name, const void *data,
                                 size_t size) {
    gamlp_output *output;
    forget(files, name);
    gamlp_status status = gamlp_run_files_open(&output, files, name);
    if (status != GAMLP_OK) return status;
    gamlp_output_write(output, data, size);
    return gamlp_output_seal(output);
}

/* model-seed<S>.safetensors or model-seed<S>-split<K>.safetensors of a seed or split that this run
 * did not have. */
static bool is_stale(const gamlp_run_files *files, const char *name) {
    static const char head[] = "model-seed", middle[] = "-split";
    char own[96];
    char *end;
    if (strncmp(name, head, sizeof head - 1) != 0) return false;
    long long seed = strtoll(name + sizeof head - 1, &end, 10), split = 0;
    bool has_split = strncmp(end, middle, sizeof middle - 1) == 0;
    if (has_split) split = strtoll(end + sizeof middle - 1, NULL, 10);
    int used = snprintf(own, sizeof own, "%s%lld", head, seed);
    if (has_split) used += snprintf(own + used, sizeof own - (size_t)used, "%s%lld", middle, split);
    snprintf(own + used, sizeof own - (size_t)used, ".safetensors");
    if (strcmp(name, own) != 0) return false;
    long long ahead = seed - files->seed;
    if (ahead < 0 || ahead % files->seed_step != 0 || ahead / files->seed_step >= files->seeds)
        return true;
    if (has_split) return files->splits == 1 || split < 0 || split >= files->splits;
    return files->splits > 1 || files->seeds == 1;
}

/* A run of fewer seeds must not lie beside models of an older one. */
static void remove_stale(const gamlp_run_files *files) {
    DIR *directory = opendir(files->directory);
    const struct dirent *entry;
    if (!directory) return;
    while ((entry = readdir(directory)) != NULL)
        if (is_stale(files, entry->d_name)) unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
}

gamlp_status gamlp_run_files_commit(gamlp_run_files *files) {
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; i < files->count; i++)
        if (files->output[i].stream) GAMLP_TRY(gamlp_output_seal(&files->output[i]));
    for (int64_t i = 0; i < files->count; i++)
        if (files->output[i].path) GAMLP_TRY(gamlp_output_commit(&files->output[i]));
    remove_stale(files);
done:
    return status;
}
