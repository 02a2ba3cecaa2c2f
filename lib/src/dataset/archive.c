/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dataset/archive.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "gamlp/alloc.h"

enum { DEFLATE_RATIO = 1032, DOS_1980 = 1 << 5 | 1 };

struct gamlp_archive {
    zip_t *zip;
    size_t size;
    const char *what;
};

static gamlp_status fail(gamlp_status status, const char *what, zip_error_t *error) {
    return gamlp_fail(status, "%s: %s", what, zip_error_strerror(error));
}

/* `source` passes to the archive, also on failure. */
static gamlp_status open_source(zip_t **zip, zip_source_t *source, int flags, const char *what) {
    zip_error_t error;
    zip_error_init(&error);
    gamlp_status status = GAMLP_OK;
    *zip = source ? zip_open_from_source(source, flags, &error) : NULL;
    if (!source)
        status = gamlp_fail(GAMLP_E_NOMEM, "%s: cannot allocate an archive", what);
    else if (!*zip) {
        status = fail(GAMLP_E_DATA, what, &error);
        zip_source_free(source);
    }
    zip_error_fini(&error);
    return status;
}

static gamlp_status open_archive(gamlp_archive **archive, zip_source_t *source, size_t size,
                                 const char *what) {
    *archive = NULL;
    gamlp_archive *a;
    gamlp_status status = gamlp_new(&a, 1, sizeof *a, "an archive");
    if (status != GAMLP_OK) {
        zip_source_free(source);
        return status;
    }
    a->what = what;
    a->size = size;
    status = open_source(&a->zip, source, ZIP_RDONLY, what);
    if (status == GAMLP_OK)
        *archive = a;
    else
        gamlp_free(a);
    return status;
}

gamlp_status gamlp_archive_open(gamlp_archive **archive, const void *data, size_t size,
                                const char *what) {
    return open_archive(archive, zip_source_buffer_create(data, size, 0, NULL), size, what);
}

gamlp_status gamlp_archive_open_file(gamlp_archive **archive, const char *path) {
    *archive = NULL;
    struct stat info;
    if (stat(path, &info) != 0) return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return gamlp_fail(GAMLP_E_NOINPUT, "%s: not a regular file", path);
    return open_archive(archive, zip_source_file_create(path, 0, -1, NULL), (size_t)info.st_size,
                        path);
}

void gamlp_archive_free(gamlp_archive *archive) {
    if (!archive) return;
    zip_discard(archive->zip);
    gamlp_free(archive);
}

int64_t gamlp_archive_find(const gamlp_archive *archive, const char *name) {
    return zip_name_locate(archive->zip, name, 0);
}

gamlp_status gamlp_archive_size(const gamlp_archive *archive, int64_t index, uint64_t *size) {
    zip_stat_t info;
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(archive->zip, (zip_uint64_t)index, 0, &info) != 0 ||
        (info.valid & needed) != needed)
        return gamlp_fail(GAMLP_E_DATA, "%s: entry %lld has no size", archive->what,
                          (long long)index);
    uint64_t ratio = info.comp_method == ZIP_CM_STORE ? 1 : DEFLATE_RATIO;
    if (info.comp_method != ZIP_CM_STORE && info.comp_method != ZIP_CM_DEFLATE)
        return gamlp_fail(GAMLP_E_DATA, "%s: entry %s: compression method %d is not supported",
                          archive->what, info.name, info.comp_method);
    if (info.comp_size > archive->size || info.size / ratio > info.comp_size)
        return gamlp_fail(GAMLP_E_DATA,
                          "%s: entry %s: %llu bytes out of %llu stored are impossible",
                          archive->what, info.name, (unsigned long long)info.size,
                          (unsigned long long)info.comp_size);
    *size = info.size;
    return GAMLP_OK;
}

struct gamlp_archive_stream {
    const gamlp_archive *archive;
    zip_file_t *file;
    int64_t index;
    uint64_t size, at;
};

gamlp_status gamlp_archive_stream_open(gamlp_archive_stream **stream, const gamlp_archive *archive,
                                       int64_t index) {
    *stream = NULL;
    gamlp_archive_stream *s;
    gamlp_status status = gamlp_new(&s, 1, sizeof *s, "an archive's entry");
    if (status != GAMLP_OK) return status;
    s->archive = archive;
    s->index = index;
    status = gamlp_archive_size(archive, index, &s->size);
    if (status == GAMLP_OK) {
        s->file = zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
        if (!s->file) status = fail(GAMLP_E_DATA, archive->what, zip_get_error(archive->zip));
    }
    if (status == GAMLP_OK)
        *stream = s;
    else
        gamlp_free(s);
    return status;
}

void gamlp_archive_stream_close(gamlp_archive_stream *stream) {
    if (!stream) return;
    zip_fclose(stream->file);
    gamlp_free(stream);
}

gamlp_status gamlp_archive_stream_read(gamlp_archive_stream *stream, void *data, size_t size) {
    unsigned char *to = data, end;
    size_t done = 0;
    zip_int64_t got = 1;
    while (got > 0 && done < size) {
        got = zip_fread(stream->file, to + done, size - done);
        if (got > 0) done += (size_t)got;
    }
    stream->at += done;
    /* The checksum is compared by the read that meets the end. */
    bool whole = stream->at == stream->size;
    if (got > 0 && whole) got = zip_fread(stream->file, &end, 1);
    if (got < 0) return fail(GAMLP_E_DATA, stream->archive->what, zip_file_get_error(stream->file));
    if (done < size || (whole && got > 0))
        return gamlp_fail(GAMLP_E_DATA, "%s: entry %lld: other than %llu bytes",
                          stream->archive->what, (long long)stream->index,
                          (unsigned long long)stream->size);
    return GAMLP_OK;
}

gamlp_status gamlp_archive_read(gamlp_bytes *bytes, const gamlp_archive *archive, int64_t index,
                                size_t size) {
    *bytes = (gamlp_bytes){0};
    gamlp_archive_stream *stream;
    gamlp_status status = gamlp_archive_stream_open(&stream, archive, index);
    if (status != GAMLP_OK) return status;
    status = gamlp_new_raw(&bytes->data, (int64_t)size + 1, 1, archive->what);
    if (status == GAMLP_OK) status = gamlp_archive_stream_read(stream, bytes->data, size);
    bytes->size = size;
    gamlp_archive_stream_close(stream);
    if (status != GAMLP_OK) gamlp_bytes_clear(bytes);
    return status;
}

gamlp_status gamlp_archive_copy(const gamlp_archive *archive, int64_t index,
                                gamlp_archive_sink sink, void *context) {
    enum { PIECE = 1 << 18 };
    unsigned char *buffer = NULL;
    gamlp_archive_stream *stream = NULL;
    gamlp_status status = GAMLP_OK;
    GAMLP_TRY(gamlp_archive_stream_open(&stream, archive, index));
    GAMLP_TRY(gamlp_new_raw(&buffer, PIECE, 1, archive->what));
    do { /* an empty entry has a checksum, too */
        uint64_t left = stream->size - stream->at;
        size_t piece = left < PIECE ? (size_t)left : PIECE;
        GAMLP_TRY(gamlp_archive_stream_read(stream, buffer, piece));
        GAMLP_TRY(sink(context, buffer, piece));
    } while (stream->at < stream->size);
done:
    gamlp_free(buffer);
    gamlp_archive_stream_close(stream);
    return status;
}

static gamlp_status add_entry(zip_t *zip, const gamlp_archive_entry *entry, const char *what) {
    zip_source_t *source = zip_source_buffer(zip, entry->bytes.data, entry->bytes.size, 0);
    if (!source) return fail(GAMLP_E_NOMEM, what, zip_get_error(zip));
    zip_int64_t index = zip_file_add(zip, entry->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return fail(GAMLP_E_INTERNAL, what, zip_get_error(zip));
    }
    if (zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_1980, 0) != 0)
        return fail(GAMLP_E_INTERNAL, what, zip_get_error(zip));
    return GAMLP_OK;
}

static gamlp_status take_source(gamlp_bytes *bytes, zip_source_t *source, const char *what) {
    zip_stat_t info;
    if (zip_source_stat(source, &info) != 0 || zip_source_open(source) != 0)
        return fail(GAMLP_E_INTERNAL, what, zip_source_error(source));
    gamlp_status status = gamlp_new_raw(&bytes->data, (int64_t)info.size, 1, what);
    if (status == GAMLP_OK) {
        bytes->size = info.size;
        if (zip_source_read(source, bytes->data, info.size) != (zip_int64_t)info.size)
            status = fail(GAMLP_E_INTERNAL, what, zip_source_error(source));
    }
    zip_source_close(source);
    return status;
}

gamlp_status gamlp_archive_write(gamlp_bytes *bytes, const gamlp_archive_entry *entries,
                                 int64_t count, const char *what) {
    *bytes = (gamlp_bytes){0};
    zip_t *zip = NULL;
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, NULL);
    if (source) zip_source_keep(source);
    gamlp_status status = open_source(&zip, source, ZIP_TRUNCATE, what);
    for (int64_t i = 0; status == GAMLP_OK && i < count; i++)
        status = add_entry(zip, &entries[i], what);
    if (status == GAMLP_OK && zip_close(zip) != 0)
        status = fail(GAMLP_E_INTERNAL, what, zip_get_error(zip));
    else if (status == GAMLP_OK)
        zip = NULL;
    if (zip) zip_discard(zip);
    if (status == GAMLP_OK) status = take_source(bytes, source, what);
    if (source) zip_source_free(source);
    if (status != GAMLP_OK) gamlp_bytes_clear(bytes);
    return status;
}
