/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All files of a data set. */
#define _GNU_SOURCE
#include "gamlp/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"
#include "dataset/fetch_job.h"
#include "dataset/part.h"
#include "gamlp/alloc.h"

enum { MANIFEST_BYTES = 1 << 20 };

/* Where the files are. */

static const char *known_files(const void *context, int64_t index) {
    (void)context;
    return gamlp_dataset_known_name(index);
}

static gamlp_status refuse_name(const char *name) {
    const char *nearest = gamlp_text_nearest(known_files, NULL, name);
    return gamlp_fail(GAMLP_E_NOINPUT, "unknown data set \"%s\"%s%s", name,
                      nearest ? ": nearest is " : ": gamlp info lists those that are known",
                      nearest ? nearest : "");
}

static gamlp_status open_manifest(gamlp_manifest *m, const char *name,
                                  const gamlp_fetch_options *options) {
    gamlp_bytes bytes = {0};
    *m = (gamlp_manifest){0};
    if (options->manifest) {
        gamlp_status status = gamlp_file_read(&bytes, options->manifest, MANIFEST_BYTES);
        if (status == GAMLP_OK)
            status = gamlp_manifest_parse(m, bytes.data, bytes.size, options->manifest);
        gamlp_bytes_clear(&bytes);
        return status;
    }
    const char *text = gamlp_dataset_manifest(name);
    if (!text) return refuse_name(name);
    gamlp_status status = gamlp_manifest_parse(m, text, strlen(text), name);
    if (status == GAMLP_E_CONFIG)
        status = gamlp_fail(GAMLP_E_USAGE, "%s has no files to fetch: it is made by gamlp", name);
    return status;
}

/* DATA/FOLDER, where FOLDER is the part of `path` before its last slash. */
static gamlp_status join_folder(char **folder, const char *data, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return gamlp_text_format(folder, "%s", data);
    return gamlp_text_format(folder, "%s/%.*s", data, (int)(slash - path), path);
}

/* The folder of the first path under which the first file is, else that of the first path. */
static gamlp_status choose_folder(char **folder, const gamlp_manifest *m, const char *data) {
    const char *name = gamlp_manifest_entry(m, m->files, 0).name;
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->paths); i++) {
        char *file = NULL;
        gamlp_status status = join_folder(
            folder, data, gamlp_yaml_text(m->yaml, gamlp_yaml_item(m->yaml, m->paths, i)));
        if (status == GAMLP_OK) status = gamlp_text_format(&file, "%s/%s", *folder, name);
        bool found = status == GAMLP_OK && gamlp_file_exists(file);
        gamlp_free(file);
        if (found || status != GAMLP_OK) return status;
        gamlp_free(*folder);
        *folder = NULL;
    }
    return join_folder(folder, data,
                       gamlp_yaml_text(m->yaml, gamlp_yaml_item(m->yaml, m->paths, 0)));
}

static gamlp_status choose_data(const char **data, const char *name, const gamlp_manifest *m,
                                const gamlp_fetch_options *options) {
    *data = options->data && *options->data ? options->data : getenv("GAMLP_DATA");
    if (*data && **data) return GAMLP_OK;
    *data = "$GAMLP_DATA";
    if (options->plan) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_NOINPUT,
                      "%s: set the environment variable GAMLP_DATA (or the option data) to the "
                      "folder for the data sets; the files come from %s",
                      name, m->source);
}

/* The report. */

static gamlp_status fill_texts(gamlp_fetch_report *r, const char *name, const gamlp_manifest *m) {
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_strdup(&r->name, name));
    GAMLP_TRY(gamlp_strdup(&r->title, m->title));
    GAMLP_TRY(gamlp_strdup(&r->source, m->source));
    GAMLP_TRY(gamlp_strdup(&r->licence, m->licence));
    GAMLP_TRY(gamlp_strdup(&r->citation, m->citation));
    GAMLP_TRY(gamlp_strdup(&r->manual, m->manual ? m->manual : ""));
    GAMLP_TRY(gamlp_strdup(&r->note, m->note ? m->note : ""));
done:
    return status;
}

/* What is there of each file. */
static gamlp_status look_at_all(gamlp_fetch_report *r, gamlp_fetch_job *job) {
    const gamlp_manifest *m = job->manifest;
    int64_t count = gamlp_yaml_items(m->yaml, m->files);
    int64_t room = count + gamlp_yaml_items(m->yaml, m->archives);
    gamlp_status status = gamlp_new(&r->file, room, sizeof *r->file, "the files of a data set");
    for (int64_t i = 0; status == GAMLP_OK && i < count; i++) {
        const gamlp_manifest_file entry = gamlp_manifest_entry(m, m->files, i);
        status = gamlp_fetch_file_init(&r->file[i], job, &entry);
        if (status != GAMLP_OK) break;
        r->count++;
        status = gamlp_fetch_look(&r->file[i], job, &entry);
    }
    return status;
}

/* Offline: a sentence about what is not there. */
static gamlp_status refuse_missing(const gamlp_fetch_report *r) {
    const gamlp_fetch_file *first = NULL;
    int64_t missing = 0;
    for (int64_t i = 0; i < r->count; i++) {
        if (r->file[i].state >= GAMLP_FETCH_PRESENT) continue;
        if (missing++ == 0) first = &r->file[i];
    }
    if (missing == 0) return GAMLP_OK;
    bool differs = first->state == GAMLP_FETCH_DIFFERS;
    return gamlp_fail(differs ? GAMLP_E_DATA : GAMLP_E_NOINPUT,
                      "%s: offline, and %lld of %lld files are not there or not the right ones, "
                      "first %s, which %s; they come from %s; by hand: put them into %s, or into "
                      "a folder DIR and run gamlp import DIR --out NAME.gamlp",
                      r->name, (long long)missing, (long long)r->count, first->path,
                      differs ? "differs from the manifest" : "is missing",
                      *first->address ? first->address : r->source, r->folder);
}

/* What cannot be had without a browser. */
static gamlp_status refuse_manual(const gamlp_fetch_job *job, const gamlp_fetch_file *file) {
    return gamlp_fail(
        GAMLP_E_NOINPUT,
        "%s: %s %s and cannot be fetched by a program: %s; put the files into %s, or "
        "into a folder DIR and run gamlp import DIR --out NAME.gamlp",
        job->set, file->path,
        file->state == GAMLP_FETCH_MISSING ? "is missing" : "differs from the manifest",
        job->manifest->manual ? job->manifest->manual : job->manifest->source, job->folder);
}

/* Getting them. */

static gamlp_status get_file(gamlp_fetch_file *file, gamlp_fetch_job *job,
                             const gamlp_manifest_file *entry) {
    bool again = true;
    gamlp_status status = GAMLP_OK;
    while (again && file->state < GAMLP_FETCH_PRESENT) {
        GAMLP_TRY(gamlp_fetch_get(&again, file, job, entry));
        if (again) GAMLP_TRY(gamlp_fetch_look(file, job, entry));
    }
done:
    return status;
}

static gamlp_status unpack_file(gamlp_fetch_file *file, gamlp_fetch_job *job,
                                const gamlp_manifest_file *entry, const char *archive) {
    bool again = true;
    gamlp_status status = GAMLP_OK;
    job->now.name = entry->name;
    while (again && file->state < GAMLP_FETCH_PRESENT) {
        GAMLP_TRY(gamlp_fetch_unpack(&again, file, job, entry, archive));
        if (again) GAMLP_TRY(gamlp_fetch_look(file, job, entry));
    }
done:
    return status;
}

/* Whether a file of the set that comes out of this archive is needed; *look: look again first. */
static gamlp_status is_needed(bool *needed, gamlp_fetch_report *r, const gamlp_fetch_job *job,
                              const char *archive, bool look) {
    const gamlp_manifest *m = job->manifest;
    *needed = false;
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->files); i++) {
        const gamlp_manifest_file entry = gamlp_manifest_entry(m, m->files, i);
        if (!entry.archive || strcmp(entry.archive, archive) != 0) continue;
        if (look && r->file[i].state < GAMLP_FETCH_PRESENT) {
            gamlp_status status = gamlp_fetch_look(&r->file[i], job, &entry);
            if (status != GAMLP_OK) return status;
        }
        *needed = *needed || r->file[i].state < GAMLP_FETCH_PRESENT;
    }
    return GAMLP_OK;
}

static gamlp_status unpack_all(gamlp_fetch_report *r, gamlp_fetch_job *job,
                               const gamlp_fetch_file *archive) {
    const gamlp_manifest *m = job->manifest;
    gamlp_status status = GAMLP_OK;
    for (int64_t i = 0; status == GAMLP_OK && i < gamlp_yaml_items(m->yaml, m->files); i++) {
        const gamlp_manifest_file entry = gamlp_manifest_entry(m, m->files, i);
        if (!entry.archive || strcmp(entry.archive, archive->name) != 0) continue;
        job->now.index = i;
        status = unpack_file(&r->file[i], job, &entry, archive->path);
    }
    if (status != GAMLP_E_DATA || archive->verified) return status;
    status = gamlp_fail(GAMLP_E_DATA, "%s: %s; the archive is that of %s", job->set,
                        gamlp_error_text(), archive->address);
    return gamlp_part_remove_marked(archive->path) == GAMLP_OK ? status : GAMLP_E_NOMEM;
}

static gamlp_status fetch_archive(gamlp_fetch_report *r, gamlp_fetch_job *job,
                                  gamlp_fetch_file *file, const gamlp_manifest_file *entry) {
    bool needed = true, again = true;
    gamlp_status status = GAMLP_OK;
    job->archive = true;
    GAMLP_TRY(gamlp_fetch_look(file, job, entry));
    if (file->state < GAMLP_FETCH_PRESENT && !*file->address) GAMLP_TRY(refuse_manual(job, file));
    while (needed && again && file->state < GAMLP_FETCH_PRESENT) {
        GAMLP_TRY(gamlp_fetch_get(&again, file, job, entry));
        if (again) GAMLP_TRY(gamlp_fetch_look(file, job, entry));
        if (again) GAMLP_TRY(is_needed(&needed, r, job, entry->name, true));
    }
    if (needed) GAMLP_TRY(unpack_all(r, job, file));
done:
    job->archive = false;
    return status;
}

/* Fetch an archive when it is needed, unpack it, and remove it unless it was put there by hand. */
static gamlp_status get_archive(gamlp_fetch_report *r, gamlp_fetch_job *job,
                                const gamlp_manifest_file *entry) {
    gamlp_fetch_file file = {0};
    bool needed = false;
    gamlp_status status = GAMLP_OK;
    job->now.name = entry->name;
    GAMLP_TRY(is_needed(&needed, r, job, entry->name, false));
    GAMLP_TRY(gamlp_fetch_file_init(&file, job, entry));
    if (needed) GAMLP_TRY(fetch_archive(r, job, &file, entry));
    GAMLP_TRY(gamlp_part_remove_marked(file.path));
    if (needed) {
        r->file[r->count++] = file;
        file = (gamlp_fetch_file){0};
    }
done:
    gamlp_fetch_file_clear(&file);
    return status;
}

static gamlp_status get_all(gamlp_fetch_report *r, gamlp_fetch_job *job) {
    const gamlp_manifest *m = job->manifest;
    gamlp_status status = GAMLP_OK;
    job->now.count = r->count;
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->archives); i++) {
        const gamlp_manifest_file entry = gamlp_manifest_entry(m, m->archives, i);
        GAMLP_TRY(get_archive(r, job, &entry));
    }
    for (int64_t i = 0; i < gamlp_yaml_items(m->yaml, m->files); i++) {
        const gamlp_manifest_file entry = gamlp_manifest_entry(m, m->files, i);
        job->now.name = entry.name;
        job->now.index = i;
        if (r->file[i].state >= GAMLP_FETCH_PRESENT) continue;
        if (!*r->file[i].address) GAMLP_TRY(refuse_manual(job, &r->file[i]));
        GAMLP_TRY(get_file(&r->file[i], job, &entry));
    }
done:
    return status;
}

gamlp_status gamlp_dataset_fetch(gamlp_fetch_report *report, const char *name,
                                 const gamlp_fetch_options *options) {
    *report = (gamlp_fetch_report){0};
    gamlp_manifest manifest = {0};
    gamlp_fetch_job job = {.set = name, .manifest = &manifest, .options = options};
    const char *data = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_fetch_options_check(options));
    GAMLP_TRY(open_manifest(&manifest, name, options));
    GAMLP_TRY(fill_texts(report, name, &manifest));
    GAMLP_TRY(choose_data(&data, name, &manifest, options));
    GAMLP_TRY(choose_folder(&report->folder, &manifest, data));
    job.folder = report->folder;
    GAMLP_TRY(look_at_all(report, &job));
    if (options->plan) goto done;
    if (options->offline)
        GAMLP_TRY(refuse_missing(report));
    else
        GAMLP_TRY(get_all(report, &job));
done:
    gamlp_manifest_clear(&manifest);
    return status;
}
