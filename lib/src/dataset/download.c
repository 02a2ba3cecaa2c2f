/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "dataset/download.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { REDIRECTS = 8, SLOWEST = 100 /* bytes a second, below which it stalls */ };

typedef struct transfer {
    gamlp_download *download;
    CURL *curl;
    char etag[GAMLP_DOWNLOAD_TEXT], modified[GAMLP_DOWNLOAD_TEXT];
    int64_t range_start, range_total; /* of Content-Range, or -1          */
    int64_t received;                 /* bytes of the file, with `offset` */
    bool begun, stalled, stopped;
    double window_start; /* since when, and from how many bytes on, the pace is measured */
    int64_t window_received;
    gamlp_status status; /* of begin, write */
    char error[CURL_ERROR_SIZE];
} transfer;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Copy the value of a header line "Name: value\r\n" when it has this name. */
static bool take_header(char value[GAMLP_DOWNLOAD_TEXT], const char *name, const char *line,
                        size_t size) {
    size_t length = strlen(name);
    if (size <= length || strncasecmp(line, name, length) != 0 || line[length] != ':') return false;
    const char *at = line + length + 1, *end = line + size;
    while (at < end && (*at == ' ' || *at == '\t')) at++;
    while (end > at && (unsigned char)end[-1] <= ' ') end--;
    if (end - at >= GAMLP_DOWNLOAD_TEXT || memchr(at, '\n', (size_t)(end - at))) return false;
    snprintf(value, GAMLP_DOWNLOAD_TEXT, "%.*s", (int)(end - at), at);
    return true;
}

/* "bytes FIRST-LAST/TOTAL", where TOTAL may be "*". */
static void take_range(transfer *t, const char *text) {
    char *end;
    if (strncasecmp(text, "bytes ", 6) != 0) return;
    long long first = strtoll(text + 6, &end, 10);
    if (end == text + 6 || *end != '-' || first < 0) return;
    t->range_start = first;
    const char *slash = strchr(end, '/');
    if (slash && slash[1] >= '0' && slash[1] <= '9') t->range_total = strtoll(slash + 1, NULL, 10);
}

static size_t on_header(char *line, size_t one, size_t count, void *context) {
    transfer *t = context;
    char value[GAMLP_DOWNLOAD_TEXT];
    size_t size = one * count;
    if (size > 5 && strncmp(line, "HTTP/", 5) == 0) { /* of the next answer of a redirection */
        t->etag[0] = t->modified[0] = 0;
        t->range_start = t->range_total = -1;
    }
    if (take_header(value, "ETag", line, size) && strncmp(value, "W/", 2) != 0)
        snprintf(t->etag, sizeof t->etag, "%s", value);
    if (take_header(value, "Last-Modified", line, size))
        snprintf(t->modified, sizeof t->modified, "%s", value);
    if (take_header(value, "Content-Range", line, size)) take_range(t, value);
    return size;
}

static gamlp_status too_long(transfer *t) {
    t->download->advice = GAMLP_DOWNLOAD_LEAVE;
    return gamlp_fail(GAMLP_E_DATA, "it sends more than the %lld bytes expected",
                      (long long)t->download->limit);
}

/* The answer's status is known: is it the file from the start, or the part that was asked for? */
static gamlp_status begin(transfer *t) {
    gamlp_download *d = t->download;
    long code = 0;
    curl_off_t length = -1;
    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(t->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    bool whole = code != 206;
    int64_t total = whole ? (int64_t)length : t->range_total;
    t->begun = true;
    if (!whole && t->range_start != d->offset) {
        d->advice = GAMLP_DOWNLOAD_AFRESH;
        return gamlp_fail(GAMLP_E_DATA,
                          "it sends bytes from %lld on, asked for were those from %lld",
                          (long long)t->range_start, (long long)d->offset);
    }
    if (whole) t->received = 0;
    t->window_received = t->received;
    if (total > d->limit) return too_long(t);
    d->advice = GAMLP_DOWNLOAD_STOP;
    return d->begin(d->context, whole, total, t->etag[0] ? t->etag : t->modified);
}

static size_t on_data(char *data, size_t one, size_t count, void *context) {
    transfer *t = context;
    gamlp_download *d = t->download;
    size_t size = one * count;
    if (!t->begun) t->status = begin(t);
    if (t->status == GAMLP_OK && (int64_t)size > d->limit - t->received) t->status = too_long(t);
    if (t->status == GAMLP_OK) {
        d->advice = GAMLP_DOWNLOAD_STOP;
        t->status = d->write(d->context, data, size);
        t->received += (int64_t)size;
    }
    return t->status == GAMLP_OK ? size : CURL_WRITEFUNC_ERROR;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up,
                       curl_off_t sent) {
    transfer *t = context;
    double time = seconds(), span = t->download->stall_seconds;
    (void)total, (void)now, (void)up, (void)sent;
    if (!t->download->go_on(t->download->context)) {
        t->stopped = true;
        return 1;
    }
    if (time - t->window_start < span) return 0;
    t->stalled = (double)(t->received - t->window_received) < SLOWEST * span;
    t->window_start = time;
    t->window_received = t->received;
    return t->stalled;
}

static gamlp_status explain_code(gamlp_download *d, long code) {
    bool busy = code == 408 || code == 425 || code == 429 || code >= 500;
    d->advice = code == 416 && d->offset > 0 ? GAMLP_DOWNLOAD_AFRESH
                : busy                       ? GAMLP_DOWNLOAD_RETRY
                                             : GAMLP_DOWNLOAD_LEAVE;
    return gamlp_fail(GAMLP_E_NOINPUT, "the server answers %ld%s", code,
                      code == 404   ? " (not found)"
                      : code == 403 ? " (forbidden)"
                      : code == 416 ? " (no such range)"
                                    : "");
}

/* One sentence for what went wrong, and what may help. */
static gamlp_status explain(transfer *t, CURLcode result) {
    gamlp_download *d = t->download;
    long code = 0;
    if (t->status != GAMLP_OK) return t->status; /* its sentence is there */
    d->advice = GAMLP_DOWNLOAD_STOP;
    if (t->stopped)
        return gamlp_fail(GAMLP_E_STOPPED, "stopped at byte %lld", (long long)t->received);
    d->advice = GAMLP_DOWNLOAD_RETRY;
    if (t->stalled)
        return gamlp_fail(GAMLP_E_IO, "stalled at byte %lld for %g seconds", (long long)t->received,
                          d->stall_seconds);
    switch (result) {
    case CURLE_HTTP_RETURNED_ERROR:
        curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
        return explain_code(d, code);
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return gamlp_fail(GAMLP_E_IO, "the connection ended at byte %lld (%s)",
                          (long long)t->received, curl_easy_strerror(result));
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
        break;
    case CURLE_TOO_MANY_REDIRECTS:
        d->advice = GAMLP_DOWNLOAD_LEAVE;
        return gamlp_fail(GAMLP_E_IO, "more than %d redirections", REDIRECTS);
    default:
        d->advice = GAMLP_DOWNLOAD_LEAVE;
    }
    return gamlp_fail(GAMLP_E_IO, "%s", t->error[0] ? t->error : curl_easy_strerror(result));
}

static void set_limits(transfer *t) {
    const gamlp_download *d = t->download;
    bool secure = strncmp(d->address, "https:", 6) == 0;
    curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "http,https,file");
    curl_easy_setopt(t->curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(t->curl, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl_easy_setopt(t->curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(1000 * d->connect_seconds));
    curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(t->curl, CURLOPT_USERAGENT, "gamlp/" GAMLP_VERSION_TEXT);
}

static void set_callbacks(transfer *t) {
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->error);
    curl_easy_setopt(t->curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->curl, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(t->curl, CURLOPT_XFERINFODATA, t);
}

/* Ask for the bytes from `offset` on, or for all when the edition has changed since. */
static bool set_range(transfer *t, struct curl_slist **headers) {
    const gamlp_download *d = t->download;
    char text[GAMLP_DOWNLOAD_TEXT + 16];
    if (d->offset == 0) return true;
    snprintf(text, sizeof text, "%lld-", (long long)d->offset);
    curl_easy_setopt(t->curl, CURLOPT_RANGE, text);
    if (!d->validator[0]) return true;
    snprintf(text, sizeof text, "If-Range: %s", d->validator);
    *headers = curl_slist_append(NULL, text);
    curl_easy_setopt(t->curl, CURLOPT_HTTPHEADER, *headers);
    return *headers != NULL;
}

static gamlp_status perform(transfer *t) {
    struct curl_slist *headers = NULL;
    gamlp_status status = GAMLP_OK;
    if (curl_easy_setopt(t->curl, CURLOPT_URL, t->download->address) != CURLE_OK ||
        !set_range(t, &headers)) {
        status = gamlp_fail(GAMLP_E_NOMEM, "memory for a request could not be had");
    } else {
        set_limits(t);
        set_callbacks(t);
        t->window_start = seconds();
        CURLcode result = curl_easy_perform(t->curl);
        if (result != CURLE_OK)
            status = explain(t, result);
        else if (!t->begun) /* an empty file */
            status = t->status = begin(t);
    }
    curl_slist_free_all(headers);
    return status;
}

gamlp_status gamlp_download_run(gamlp_download *download) {
    transfer t = {.download = download, .range_start = -1, .range_total = -1};
    t.received = t.window_received = download->offset;
    download->advice = GAMLP_DOWNLOAD_STOP;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return gamlp_fail(GAMLP_E_INTERNAL, "the library for downloads cannot start");
    t.curl = curl_easy_init();
    gamlp_status status =
        t.curl ? perform(&t) : gamlp_fail(GAMLP_E_NOMEM, "memory for a download could not be had");
    curl_easy_cleanup(t.curl);
    curl_global_cleanup();
    return status;
}
