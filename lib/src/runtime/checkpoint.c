/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing checkpoints. */
#include "runtime/checkpoint.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/checksum.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/checkpoint_state.h"

gamlp_status gamlp_checkpoint_init(gamlp_checkpoint *c, const char *run, int64_t results) {
    gamlp_status status = GAMLP_OK;
    *c = (gamlp_checkpoint){0};
    GAMLP_TRY(gamlp_text_format(&c->directory, "%s/checkpoint", run));
    GAMLP_TRY(gamlp_new(&c->result, results, sizeof *c->result, "the results of a run"));
    c->results = results;
done:
    if (status != GAMLP_OK) gamlp_checkpoint_clear(c);
    return status;
}

void gamlp_checkpoint_clear(gamlp_checkpoint *c) {
    for (int64_t i = 0; c->result && i < c->results; i++) gamlp_free(c->result[i].level);
    gamlp_free(c->result);
    gamlp_free(c->directory);
    gamlp_history_clear(&c->history);
    *c = (gamlp_checkpoint){0};
}

/* A file of the checkpoint that is being written, noted in its list. */
static gamlp_status put_file(gamlp_checkpoint *c, const char *name, const void *bytes,
                             size_t size) {
    char *path, sum[32];
    gamlp_json *entry = gamlp_json_object();
    snprintf(sum, sizeof sum, "%016llx", (unsigned long long)gamlp_checksum_of(bytes, size));
    gamlp_json_set_text(entry, "name", name);
    gamlp_json_set_int(entry, "size", (int64_t)size);
    gamlp_json_set_text(entry, "xxh3", sum);
    gamlp_json_append(c->files, entry);
    gamlp_status status = gamlp_text_format(&path, "%s/%s", c->directory, name);
    if (status != GAMLP_OK) return status;
    status = gamlp_file_write(path, bytes, size);
    gamlp_free(path);
    return status;
}

static gamlp_status put_layer(void *context, int64_t layer, const unsigned char *bytes,
                              size_t size) {
    gamlp_checkpoint *c = context;
    char name[96];
    gamlp_checkpoint_name(name, sizeof name, c->serial + 1, "layer", layer);
    return put_file(c, name, bytes, size);
}

static gamlp_status put_journal(gamlp_checkpoint *c, gamlp_output *journal) {
    char name[96], *bytes = NULL;
    FILE *stream = NULL;
    gamlp_status status = GAMLP_OK;
    int64_t size = c->position.journal;
    GAMLP_TRY(gamlp_output_reread(&stream, journal, 0));
    GAMLP_TRY(gamlp_new_raw(&bytes, size + 1, 1, "the journal"));
    if (fread(bytes, 1, (size_t)size, stream) != (size_t)size)
        GAMLP_TRY(gamlp_fail(GAMLP_E_IO, "%s: cannot be read again", journal->path));
    gamlp_checkpoint_name(name, sizeof name, c->serial + 1, "journal", 0);
    status = put_file(c, name, bytes, (size_t)size);
done:
    if (stream) fclose(stream);
    gamlp_free(bytes);
    return status;
}

static gamlp_status put_state(gamlp_checkpoint *c) {
    char name[96];
    gamlp_writer state = {0};
    gamlp_checkpoint_put_state(&state, c);
    gamlp_status status = gamlp_writer_check(&state);
    gamlp_checkpoint_name(name, sizeof name, c->serial + 1, "state", 0);
    if (status == GAMLP_OK) status = put_file(c, name, state.data, state.size);
    gamlp_writer_clear(&state);
    return status;
}

/* For people, and for the program where the files are. */
static gamlp_status put_manifest(gamlp_checkpoint *c) {
    const gamlp_position *p = &c->position;
    gamlp_json *object = gamlp_json_object();
    char *text = NULL, *path = NULL;
    gamlp_status status = GAMLP_OK;
    gamlp_json_set_text(object, "version", gamlp_version());
    gamlp_json_set_int(object, "serial", c->serial + 1);
    gamlp_json_set_int(object, "seed_index", p->seed_index);
    gamlp_json_set_bool(object, "begun", p->begun);
    gamlp_json_set_int(object, "stage", p->stage);
    gamlp_json_set_int(object, "layers", p->layers);
    gamlp_json_set_int(object, "iteration", p->iterations);
    gamlp_json_set(object, "files", c->files);
    c->files = NULL;
    GAMLP_TRY(gamlp_json_dump(&text, object, true));
    GAMLP_TRY(gamlp_text_format(&path, "%s/manifest.json", c->directory));
    status = gamlp_file_write(path, text, strlen(text));
done:
    gamlp_json_free(object);
    gamlp_free(text);
    gamlp_free(path);
    return status;
}

/* Files of checkpoints other than `serial`. */
static void remove_others(const gamlp_checkpoint *c, int64_t serial) {
    char head[32];
    DIR *directory = opendir(c->directory);
    const struct dirent *entry;
    if (!directory) return;
    snprintf(head, sizeof head, "%lld-", (long long)serial);
    while ((entry = readdir(directory)) != NULL) {
        bool ours = entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
        if (ours && strncmp(entry->d_name, head, strlen(head)) != 0)
            unlinkat(dirfd(directory), entry->d_name, 0);
    }
    closedir(directory);
}

gamlp_status gamlp_checkpoint_write(gamlp_checkpoint *c, const gamlp_run *run,
                                    const gamlp_solver_row *solver, void *net) {
    gamlp_position *p = &c->position;
    gamlp_status status = GAMLP_OK;
    gamlp_json_free(c->files);
    c->files = gamlp_json_array();
    GAMLP_TRY(gamlp_directory_make(NULL, c->directory));
    GAMLP_TRY(gamlp_output_size(&p->journal, run->journal));
    if (net) GAMLP_TRY(solver->freezer->freeze(&p->frozen, net, put_layer, c));
    GAMLP_TRY(put_journal(c, run->journal));
    GAMLP_TRY(put_state(c));
    GAMLP_TRY(put_manifest(c));
    c->serial++;
done:
    remove_others(c, c->serial);
    gamlp_json_free(c->files);
    c->files = NULL;
    return status;
}

gamlp_status gamlp_checkpoint_keep_model(const gamlp_checkpoint *c, int64_t index,
                                         const unsigned char *bytes, size_t size) {
    char *path;
    gamlp_status status = gamlp_directory_make(NULL, c->directory);
    if (status == GAMLP_OK)
        status = gamlp_text_format(&path, "%s/model-%lld", c->directory, (long long)index);
    if (status != GAMLP_OK) return status;
    status = gamlp_file_write(path, bytes, size);
    gamlp_free(path);
    return status;
}

void gamlp_checkpoint_remove(gamlp_checkpoint *c) {
    const struct dirent *entry;
    DIR *directory = opendir(c->directory);
    if (!directory) return;
    unlinkat(dirfd(directory), "manifest.json", 0); /* first, so that no half of one is left */
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.') unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(c->directory);
    c->serial = 0;
}
