/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gamlp VERB ...: exit codes of sysexits.h, one sentence on stderr for a failure. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "gamlp/alloc.h"
#include "gamlp/log.h"
#include "gamlp/printable.h"
#include "program.h"
#include "progress.h"

/* A sentence may quote any bytes of a file or of the command line. */
static void complain(const char *kind, const char *text) {
    char *safe = NULL;
    progress_clear();
    gamlp_status status = gamlp_printable(&safe, text);
    fprintf(stderr, "gamlp: %s%s\n", kind, status == GAMLP_OK ? safe : text);
    gamlp_free(safe);
}

static void print_log(void *context, gamlp_log_level level, const char *text) {
    (void)context;
    complain(level == GAMLP_LOG_WARN ? "warning: " : "", text);
}

/* A closed pipe and a file size limit are failed writes, not sudden deaths. */
static void ignore_write_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGXFSZ, &ignore, NULL);
}

/* As many open files as we may have: strangers who hold connections to a run must not use them up.
 */
static void raise_file_limit(void) {
    static const rlim_t most = 1 << 16;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    rlim_t wanted = limit.rlim_max < most ? limit.rlim_max : most;
    if (limit.rlim_cur >= wanted) return;
    limit.rlim_cur = wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static gamlp_status run(int count, char **words) {
    if (count < 2) {
        print_usage(stderr);
        return gamlp_fail(GAMLP_E_USAGE, "a command is missing");
    }
    const char *name = words[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0) name = "version";
    const command *verb = find_verb(name);
    if (!verb) return unknown_verb(name);
    if (asks_for_help(count - 2, words + 2)) {
        print_help(verb);
        return GAMLP_OK;
    }
    return verb->run(verb, count - 2, words + 2);
}

/* What was printed has arrived, or says why not.  A write that failed earlier may have left nothing
 * to flush; its reason still stands in errno. */
static gamlp_status flush_output(void) {
    int before = errno;
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return GAMLP_OK;
    if (errno == 0) errno = before;
    return gamlp_fail(GAMLP_E_IO, "standard output: cannot write: %s",
                      errno ? strerror(errno) : "an earlier write failed");
}

int main(int count, char **words) {
    ignore_write_signals();
    catch_ends();
    raise_file_limit();
    gamlp_log_set(print_log, NULL);
    gamlp_status status = run(count, words);
    if (status == GAMLP_OK) status = flush_output();
    if (status != GAMLP_OK) complain("", gamlp_error_text());
    return gamlp_status_exit_code(status);
}
