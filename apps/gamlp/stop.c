/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdatomic.h>

#include "gamlp/temporary.h"
#include "program.h"

static atomic_bool stopping; /* two threads may handle a signal each */

/* The signal is blocked here, and ends the program on return. */
static void end(int number) {
    gamlp_temporaries_remove();
    signal(number, SIG_DFL);
    raise(number);
}

static void note_signal(int number) {
    if (atomic_exchange(&stopping, true)) end(number);
}

/* Those that are ignored stay so. */
static void handle(void (*handler)(int)) {
    const struct sigaction action = {.sa_handler = handler};
    static const int number[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        struct sigaction old;
        sigaction(number[i], NULL, &old);
        if (old.sa_handler != SIG_IGN) sigaction(number[i], &action, NULL);
    }
}

void catch_ends(void) {
    handle(end);
}

void catch_stops(void) {
    handle(note_signal);
}

bool stop_wanted(void) {
    return atomic_load(&stopping);
}
