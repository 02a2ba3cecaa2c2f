/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>

#include "program.h"

static volatile sig_atomic_t stop_signal;

static void note_signal(int number) {
    stop_signal = number;
}

void catch_stops(void) {
    struct sigaction note = {.sa_handler = note_signal, .sa_flags = (int)SA_RESETHAND};
    static const int number[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) {
        struct sigaction old;
        sigaction(number[i], NULL, &old);
        if (old.sa_handler != SIG_IGN) sigaction(number[i], &note, NULL);
    }
}

bool stop_wanted(void) {
    return stop_signal != 0;
}
