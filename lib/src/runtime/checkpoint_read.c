/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading checkpoints. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "core/text.h"
#include "gamlp/alloc.h"
#include "runtime/checkpoint_state.h"

void gamlp_checkpoint_name(char *name, size_t size, int64_t serial, const char *what,
                           int64_t index) {
    int used = snprintf(name, size, "%lld-%s", (long long)serial, what);
    if (index > 0 && used > 0 && (size_t)used < size)
        snprintf(name + used, size - (size_t)used, "-%lld", (long long)index);
}

void gamlp_checkpoint_put_state(gamlp_writer *w, const gamlp_checkpoint *c) {
    const gamlp_history *h = &c->history;
    int64_t count = c->position.begun ? h->count : 0;
    gamlp_put_text(w, gamlp_version());
    gamlp_put_text(w, c->run);
    gamlp_put_bytes(w, &c->position, sizeof c->position);
    gamlp_put_bytes(w, h->c_k, (size_t)count * sizeof *h->c_k);
    gamlp_put_bytes(w, h->falls, (size_t)count * sizeof *h->falls);
    gamlp_put_bytes(w, h->residual, (size_t)count * sizeof *h->residual);
    for (int64_t i = 0; i < c->position.seed_index; i++) {
        const gamlp_run_result *r = &c->result[i];
        gamlp_put_bytes(w, r, sizeof *r);
        gamlp_put_bytes(w, r->level, (size_t)r->level_sets * sizeof *r->level);
    }
}

static void get_struct(void *to, size_t size, gamlp_reader *r) {
    size_t length;
    const unsigned char *at = gamlp_get_bytes(&length, r);
    if (at && length == size)
        memcpy(to, at, size);
    else
        r->bad = true;
}

static void get_series(double *to, int64_t *count, int64_t capacity, gamlp_reader *r) {
    size_t length;
    const unsigned char *at = gamlp_get_bytes(&length, r);
    int64_t found = (int64_t)(length / sizeof *to);
    if (!at || found > capacity || length % sizeof *to != 0) {
        r->bad = r->bad || length > 0;
        return;
    }
    if (length > 0) memcpy(to, at, length);
    *count = found;
}

static gamlp_status get_result(gamlp_run_result *result, gamlp_reader *r) {
    size_t length;
    gamlp_status status = GAMLP_OK;
    gamlp_free(result->level);
    get_struct(result, sizeof *result, r);
    result->level = NULL;
    const unsigned char *at = gamlp_get_bytes(&length, r);
    if (r->bad || result->level_sets < 0 || result->level_sets > (int64_t)length ||
        length != (size_t)result->level_sets * sizeof *result->level) {
        r->bad = true;
        result->level_sets = 0;
        return GAMLP_OK;
    }
    if (length == 0) return GAMLP_OK;
    status = gamlp_new_raw(&result->level, result->level_sets, sizeof *result->level, "levels");
    if (status == GAMLP_OK) memcpy(result->level, at, length);
    return status;
}

gamlp_status gamlp_checkpoint_get_state(gamlp_checkpoint *c, const void *bytes, size_t size) {
    gamlp_reader r = gamlp_reader_of(bytes, size);
    gamlp_history *h = &c->history;
    char version[64];
    gamlp_status status = GAMLP_OK;
    gamlp_get_text(version, sizeof version, &r);
    gamlp_get_text(c->run, sizeof c->run, &r);
    if (r.bad || strcmp(version, gamlp_version()) != 0)
        return gamlp_fail(GAMLP_E_DATA, "%s: was made by another version of gamlp", c->directory);
    get_struct(&c->position, sizeof c->position, &r);
    if (c->position.seed_index < 0 || c->position.seed_index >= c->results) r.bad = true;
    get_series(h->c_k, &h->count, h->capacity, &r);
    get_series(h->falls, &h->count, h->capacity, &r);
    get_series(h->residual, &h->count, h->capacity, &r);
    for (int64_t i = 0; !r.bad && i < c->position.seed_index; i++)
        GAMLP_TRY(get_result(&c->result[i], &r));
    status = gamlp_reader_check(&r, c->directory);
done:
    return status;
}

static gamlp_status damaged(const gamlp_checkpoint *c, const char *name) {
    return gamlp_fail(GAMLP_E_DATA, "%s/%s: is not what the manifest says: damaged", c->directory,
                      name);
}

static gamlp_status read_listed(gamlp_bytes *bytes, const gamlp_checkpoint *c, const char *name,
                                const gamlp_json *manifest) {
    const gamlp_json *files = gamlp_json_get(manifest, "files"), *entry = NULL;
    const char *sum = NULL, *found = NULL;
    char *path = NULL, *end;
    int64_t size = -1;
    gamlp_status status = GAMLP_OK;
    *bytes = (gamlp_bytes){0};
    for (int64_t i = 0; i < gamlp_json_length(files); i++) {
        entry = gamlp_json_at(files, i);
        found = gamlp_json_get_text(entry, "name");
        if (found && strcmp(found, name) == 0) break;
        found = NULL;
    }
    if (!found || !gamlp_json_get_int(entry, "size", &size) ||
        !(sum = gamlp_json_get_text(entry, "xxh3")))
        return gamlp_fail(GAMLP_E_DATA, "%s/manifest.json: does not list %s", c->directory, name);
    GAMLP_TRY(gamlp_text_format(&path, "%s/%s", c->directory, name));
    GAMLP_TRY(gamlp_file_read(bytes, path, SIZE_MAX / 2));
    if ((int64_t)bytes->size != size ||
        gamlp_checksum_of(bytes->data, bytes->size) != strtoull(sum, &end, 16))
        status = damaged(c, name);
done:
    gamlp_free(path);
    if (status != GAMLP_OK) gamlp_bytes_clear(bytes);
    return status;
}

static gamlp_status read_manifest(gamlp_json **manifest, const gamlp_checkpoint *c) {
    enum { LIMIT = 1 << 24 };
    char *path = NULL;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    *manifest = NULL;
    GAMLP_TRY(gamlp_text_format(&path, "%s/manifest.json", c->directory));
    if (!gamlp_file_exists(path))
        GAMLP_TRY(gamlp_fail(GAMLP_E_NOINPUT, "%s: there is no checkpoint", c->directory));
    GAMLP_TRY(gamlp_file_read(&bytes, path, LIMIT));
    status = gamlp_json_parse(manifest, bytes.data, bytes.size, path);
done:
    gamlp_bytes_clear(&bytes);
    gamlp_free(path);
    return status;
}

gamlp_status gamlp_checkpoint_read(gamlp_checkpoint *c) {
    char name[96];
    gamlp_json *manifest = NULL;
    gamlp_bytes bytes = {0};
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(read_manifest(&manifest, c));
    if (!gamlp_json_get_int(manifest, "serial", &c->serial) || c->serial < 1)
        GAMLP_TRY(damaged(c, "manifest.json"));
    gamlp_checkpoint_name(name, sizeof name, c->serial, "state", 0);
    GAMLP_TRY(read_listed(&bytes, c, name, manifest));
    status = gamlp_checkpoint_get_state(c, bytes.data, bytes.size);
done:
    gamlp_json_free(manifest);
    gamlp_bytes_clear(&bytes);
    return status;
}

gamlp_status gamlp_checkpoint_file(gamlp_bytes *bytes, const gamlp_checkpoint *c, const char *what,
                                   int64_t index) {
    char name[96], *path = NULL;
    gamlp_json *manifest = NULL;
    gamlp_status status = GAMLP_OK;
    if (strcmp(what, "model") == 0) {
        GAMLP_TRY(gamlp_text_format(&path, "%s/model-%lld", c->directory, (long long)index));
        status = gamlp_file_read(bytes, path, SIZE_MAX / 2);
    } else {
        gamlp_checkpoint_name(name, sizeof name, c->serial, what, index);
        GAMLP_TRY(read_manifest(&manifest, c));
        status = read_listed(bytes, c, name, manifest);
    }
done:
    gamlp_json_free(manifest);
    gamlp_free(path);
    return status;
}

static gamlp_status give_layer(unsigned char **bytes, size_t *size, void *context, int64_t layer) {
    gamlp_bytes file = {0};
    gamlp_status status = gamlp_checkpoint_file(&file, context, "layer", layer);
    *bytes = file.data; /* with a NUL behind it that nobody minds */
    *size = file.size;
    return status;
}

gamlp_status gamlp_checkpoint_thaw(const gamlp_checkpoint *c, const gamlp_solver_row *solver,
                                   void *net) {
    gamlp_checkpoint copy = *c;
    return solver->freezer->thaw(net, &c->position.frozen, give_layer, &copy);
}
