/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fetch says of itself. */
#include "core/json.h"
#include "dataset/fetch_job.h"
#include "gamlp/alloc.h"

void gamlp_fetch_options_default(gamlp_fetch_options *options) {
    *options = (gamlp_fetch_options){.tries = 4,
                                     .pause_seconds = 1,
                                     .connect_seconds = 20,
                                     .stall_seconds = 30,
                                     .max_size = 4000000000};
}

gamlp_status gamlp_fetch_options_check(const gamlp_fetch_options *options) {
    if (options->tries < 1 || options->tries > 1000)
        return gamlp_fail(GAMLP_E_CONFIG, "tries: %lld is not between 1 and 1000",
                          (long long)options->tries);
    if (!(options->pause_seconds >= 0 && options->pause_seconds <= 3600))
        return gamlp_fail(GAMLP_E_CONFIG, "pause: %g is not between 0 and 3600",
                          options->pause_seconds);
    if (!(options->connect_seconds >= 0.01 && options->connect_seconds <= 3600))
        return gamlp_fail(GAMLP_E_CONFIG, "connect: %g is not between 0.01 and 3600",
                          options->connect_seconds);
    if (!(options->stall_seconds >= 0.01 && options->stall_seconds <= 86400))
        return gamlp_fail(GAMLP_E_CONFIG, "stall: %g is not between 0.01 and 86400",
                          options->stall_seconds);
    if (options->max_size < 1)
        return gamlp_fail(GAMLP_E_CONFIG, "max-size: %lld is less than 1",
                          (long long)options->max_size);
    return GAMLP_OK;
}

void gamlp_fetch_file_clear(gamlp_fetch_file *file) {
    gamlp_free(file->name);
    gamlp_free(file->path);
    gamlp_free(file->address);
    *file = (gamlp_fetch_file){0};
}

void gamlp_fetch_report_clear(gamlp_fetch_report *report) {
    if (!report) return;
    char *text[] = {report->name,     report->title,  report->source, report->licence,
                    report->citation, report->manual, report->note,   report->folder};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) gamlp_free(text[i]);
    for (int64_t i = 0; i < report->count; i++) gamlp_fetch_file_clear(&report->file[i]);
    gamlp_free(report->file);
    *report = (gamlp_fetch_report){0};
}

const char *gamlp_fetch_state_name(gamlp_fetch_state state) {
    static const char *const name[] = {"missing", "differs", "present", "fetched", "unpacked"};
    size_t index = (size_t)state;
    return index < sizeof name / sizeof name[0] ? name[index] : "unknown";
}

static const char *text_or_null(const char *text) {
    return text && *text ? text : NULL;
}

static gamlp_json *file_json(const gamlp_fetch_file *f) {
    gamlp_json *object = gamlp_json_object();
    gamlp_json_set_text(object, "name", f->name);
    gamlp_json_set_text(object, "path", f->path);
    gamlp_json_set_text(object, "address", text_or_null(f->address));
    gamlp_json_set_text(object, "state", gamlp_fetch_state_name(f->state));
    gamlp_json_set_bool(object, "verified", f->verified);
    if (f->size >= 0)
        gamlp_json_set_int(object, "size", f->size);
    else
        gamlp_json_set_text(object, "size", NULL);
    gamlp_json_set_text(object, "sha256", text_or_null(f->sha256));
    gamlp_json_set_int(object, "resumed", f->resumed);
    return object;
}

static gamlp_json *report_json(const gamlp_fetch_report *r) {
    gamlp_json *object = gamlp_json_object(), *files = gamlp_json_array();
    gamlp_json_set_text(object, "name", r->name);
    gamlp_json_set_text(object, "title", r->title);
    gamlp_json_set_text(object, "source", r->source);
    gamlp_json_set_text(object, "licence", r->licence);
    gamlp_json_set_text(object, "citation", r->citation);
    gamlp_json_set_text(object, "manual", text_or_null(r->manual));
    gamlp_json_set_text(object, "note", text_or_null(r->note));
    gamlp_json_set_text(object, "folder", r->folder);
    for (int64_t i = 0; i < r->count; i++) gamlp_json_append(files, file_json(&r->file[i]));
    gamlp_json_set(object, "files", files);
    return object;
}

gamlp_status gamlp_fetch_json(char **text, const gamlp_fetch_report *reports, int64_t count) {
    gamlp_json *object = gamlp_json_object(), *sets = gamlp_json_array();
    for (int64_t i = 0; i < count; i++) gamlp_json_append(sets, report_json(&reports[i]));
    gamlp_json_set(object, "datasets", sets);
    gamlp_status status = gamlp_json_dump(text, object, true);
    gamlp_json_free(object);
    return status;
}
