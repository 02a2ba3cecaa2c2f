/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The only file that includes ISA-L's header.
 *
 * A gzip file is one member or several, one behind the other (RFC 1952); each has a header, deflate
 * data, and the CRC-32 and size of what it holds, which ISA-L compares. */
#include "core/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gamlp/alloc.h"

enum { INPUT = 1 << 18, DEFLATE_RATIO = 1032, BOMB_RATIO = 512 };
#define BOMB_SIZE ((int64_t)1 << 28)

typedef enum stream_fault { NONE, READ, CUT, DAMAGED, JUNK, BOMB } stream_fault;

struct gamlp_stream {
    char *path;
    int fd, reason; /* errno of a failed read */
    int64_t size;
    bool gzip, ended, inside; /* all is read; within a member */
    stream_fault fault;
    int64_t taken, given; /* bytes of the file, and bytes returned */
    unsigned char *next;  /* input not yet used */
    size_t left;
    struct inflate_state state;
    unsigned char input[INPUT];
};

/* The next bytes of the file behind the `left` ones (at most one) that are still there. */
static void fetch(gamlp_stream *s) {
    if (s->left > 0) s->input[0] = *s->next;
    s->next = s->input;
    while (!s->ended && s->left < INPUT) {
        ssize_t got = read(s->fd, s->input + s->left, INPUT - s->left);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            s->reason = errno;
            s->fault = READ;
        }
        if (got <= 0)
            s->ended = true;
        else
            s->left += (size_t)got, s->taken += got;
    }
}

static gamlp_status open_file(gamlp_stream *s, const char *path) {
    struct stat info;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO would block */
    if (s->fd < 0 || fstat(s->fd, &info) != 0)
        return gamlp_fail(GAMLP_E_NOINPUT, "%s: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return gamlp_fail(GAMLP_E_NOINPUT, "%s: expected a regular file", path);
    s->size = info.st_size;
    fetch(s);
    s->gzip = s->left >= 2 && s->input[0] == 0x1f && s->input[1] == 0x8b;
    return GAMLP_OK;
}

gamlp_status gamlp_stream_open(gamlp_stream **stream, const char *path) {
    gamlp_status status = gamlp_new_raw(stream, 1, sizeof **stream, "a file's buffer");
    if (status != GAMLP_OK) return status;
    gamlp_stream *s = *stream;
    memset(s, 0, offsetof(gamlp_stream, state));
    s->fd = -1;
    GAMLP_TRY(gamlp_strdup(&s->path, path));
    GAMLP_TRY(open_file(s, path));
done:
    if (status != GAMLP_OK) {
        gamlp_stream_close(s);
        *stream = NULL;
    }
    return status;
}

void gamlp_stream_close(gamlp_stream *stream) {
    if (!stream) return;
    if (stream->fd >= 0) close(stream->fd);
    gamlp_free(stream->path);
    gamlp_free(stream);
}

static size_t copy(gamlp_stream *s, unsigned char *data, size_t size) {
    size_t count = s->left < size ? s->left : size;
    memcpy(data, s->next, count);
    s->next += count;
    s->left -= count;
    return count;
}

/* Between members: begin the next one.  False at the end of the file and after a fault. */
static bool begin_member(gamlp_stream *s) {
    if (s->left < 2) fetch(s);
    if (s->left == 0) return false;
    if (s->left < 2 || s->next[0] != 0x1f || s->next[1] != 0x8b) {
        s->fault = JUNK;
        return false;
    }
    isal_inflate_init(&s->state);
    s->state.crc_flag = ISAL_GZIP;
    s->inside = true;
    return true;
}

static size_t inflate_some(gamlp_stream *s, unsigned char *data, size_t size) {
    if (!s->inside && !begin_member(s)) return 0;
    if (s->left == 0) fetch(s);
    size_t before = s->left;
    s->state.next_in = s->next;
    s->state.avail_in = (uint32_t)s->left;
    s->state.next_out = data;
    s->state.avail_out = size < INPUT ? (uint32_t)size : INPUT;
    int code = isal_inflate(&s->state);
    size_t made = (size_t)(s->state.next_out - data);
    s->next = s->state.next_in;
    s->left = s->state.avail_in;
    if (code != ISAL_DECOMP_OK)
        s->fault = DAMAGED;
    else if (s->state.block_state == ISAL_BLOCK_FINISH)
        s->inside = false;
    else if (made == 0 && s->left == before && (s->ended || s->left > 0))
        s->fault = s->left > 0 ? DAMAGED : CUT;
    if (s->given + (int64_t)made > BOMB_SIZE &&
        (s->given + (int64_t)made) / BOMB_RATIO > s->taken - (int64_t)s->left)
        s->fault = BOMB;
    return made;
}

size_t gamlp_stream_read(gamlp_stream *stream, void *data, size_t size) {
    unsigned char *to = data;
    size_t have = 0;
    while (have < size && stream->fault == NONE) {
        size_t got;
        if (stream->gzip) {
            got = inflate_some(stream, to + have, size - have);
            if (got == 0 && !stream->inside && stream->left == 0 && stream->ended) break;
        } else {
            if (stream->left == 0) fetch(stream);
            got = copy(stream, to + have, size - have);
            if (got == 0) break;
        }
        have += got;
        stream->given += (int64_t)got;
    }
    return have;
}

gamlp_status gamlp_stream_check(const gamlp_stream *stream) {
    const char *path = stream->path;
    long long given = stream->given;
    switch (stream->fault) {
    case NONE:
        return GAMLP_OK;
    case READ:
        return gamlp_fail(GAMLP_E_IO, "%s: %s", path, strerror(stream->reason));
    case CUT:
        return gamlp_fail(GAMLP_E_DATA, "%s: the gzip file is cut short, behind %lld bytes of text",
                          path, given);
    case DAMAGED:
        return gamlp_fail(GAMLP_E_DATA, "%s: the gzip data are damaged, behind %lld bytes of text",
                          path, given);
    case JUNK:
        return gamlp_fail(GAMLP_E_DATA, "%s: the gzip data are followed by something else", path);
    default:
        return gamlp_fail(
            GAMLP_E_DATA,
            "%s: the gzip data hold more than %lld bytes of text, over %d times their "
            "size",
            path, (long long)BOMB_SIZE, BOMB_RATIO);
    }
}

gamlp_status gamlp_stream_read_all(gamlp_bytes *bytes, const char *path, size_t limit) {
    gamlp_stream *s;
    size_t room = INPUT;
    *bytes = (gamlp_bytes){0};
    gamlp_status status = gamlp_stream_open(&s, path);
    if (status != GAMLP_OK) return status;
    if (!s->gzip && (uint64_t)s->size < limit) room = (size_t)s->size + 1;
    GAMLP_TRY(gamlp_new_raw(&bytes->data, (int64_t)room + 1, 1, path));
    for (;;) {
        bytes->size += gamlp_stream_read(s, bytes->data + bytes->size, room - bytes->size);
        GAMLP_TRY(gamlp_stream_check(s));
        if (bytes->size > limit)
            GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "%s: more than %zu bytes", path, limit));
        if (bytes->size < room) break;
        GAMLP_TRY(gamlp_grow(&bytes->data, (int64_t)room, 2 * (int64_t)room + 1, 1, path));
        room *= 2;
    }
    bytes->data[bytes->size] = 0;
done:
    gamlp_stream_close(s);
    if (status != GAMLP_OK) gamlp_bytes_clear(bytes);
    return status;
}

int64_t gamlp_stream_size(const gamlp_stream *stream) {
    return stream->size;
}

int64_t gamlp_stream_bound(const gamlp_stream *stream) {
    if (!stream->gzip) return stream->size;
    return stream->size > INT64_MAX / DEFLATE_RATIO ? INT64_MAX : stream->size * DEFLATE_RATIO;
}

const char *gamlp_stream_path(const gamlp_stream *stream) {
    return stream->path;
}
