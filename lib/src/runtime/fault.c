/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/worker.h"

static const char *const phase_name[GAMLP_PHASES] = {"rest", "start", "p",    "w",      "b",
                                                     "zqu",  "score", "send", "receive"};

const char *gamlp_phase_name(gamlp_phase phase) {
    return (unsigned)phase < GAMLP_PHASES ? phase_name[phase] : "?";
}

static bool read_phase(gamlp_phase *phase, const char *name) {
    for (int i = 0; i < GAMLP_PHASES; i++)
        if (strcmp(name, phase_name[i]) == 0) {
            *phase = (gamlp_phase)i;
            return true;
        }
    return false;
}

/* The text up to one of `ends`, cut there; *text goes behind it. */
static char *next_word(char **text, const char *ends) {
    char *word = *text, *end = word + strcspn(word, ends);
    *text = *end ? end + 1 : end;
    *end = 0;
    return word;
}

static bool read_whole(int64_t *value, const char *word) {
    char *end;
    *value = strtoll(word, &end, 10);
    return end != word && *end == 0;
}

/* ACTION[=SECONDS]:LAYER@ITERATION:PHASE */
static bool read_one(gamlp_fault *fault, char *text) {
    static const char *const name[] = {"kill", "stop", "delay", "exit"};
    char *action = next_word(&text, ":"), *seconds = action, *end = NULL;
    action = next_word(&seconds, "=");
    bool good = read_whole(&fault->layer, next_word(&text, "@"));
    good = good && read_whole(&fault->iteration, next_word(&text, ":"));
    good = good && read_phase(&fault->phase, text);
    int found = -1;
    for (int i = 0; i < 4; i++)
        if (strcmp(action, name[i]) == 0) found = i;
    if (!good || found < 0) return false;
    fault->action = (gamlp_fault_action)found;
    fault->seconds = strtod(seconds, &end);
    return found != GAMLP_FAULT_DELAY || (end != seconds && *end == 0);
}

gamlp_status gamlp_faults_read(gamlp_fault fault[GAMLP_FAULTS_MAX], int64_t *count) {
    const char *text = getenv("GAMLP_FAULT");
    char one[64];
    *count = 0;
    while (text && *text) {
        size_t length = strcspn(text, ",");
        if (length >= sizeof one || *count == GAMLP_FAULTS_MAX) goto bad;
        memcpy(one, text, length);
        one[length] = 0;
        if (!read_one(&fault[*count], one)) goto bad;
        ++*count;
        text += length + (text[length] == ',');
    }
    return GAMLP_OK;
bad:
    return gamlp_fail(
        GAMLP_E_CONFIG,
        "GAMLP_FAULT: %s: expected kill|stop|exit|delay=SECONDS:LAYER@ITERATION:PHASE", text);
}

static void hurt(const gamlp_fault *fault) {
    struct timespec pause = {(time_t)fault->seconds,
                             (long)(1e9 * (fault->seconds - (double)(time_t)fault->seconds))};
    if (fault->action == GAMLP_FAULT_DELAY)
        nanosleep(&pause, NULL);
    else
        raise(fault->action == GAMLP_FAULT_STOP   ? SIGSTOP
              : fault->action == GAMLP_FAULT_EXIT ? SIGTERM
                                                  : SIGKILL);
}

void gamlp_faults_meet(gamlp_fault fault[GAMLP_FAULTS_MAX], int64_t *count, gamlp_phase phase,
                       int64_t layer, int64_t iteration) {
    for (int64_t i = 0; i < *count; i++) {
        gamlp_fault now = fault[i];
        if (now.phase != phase || now.layer != layer || now.iteration != iteration) continue;
        fault[i] = fault[--*count];
        hurt(&now);
        return;
    }
}
