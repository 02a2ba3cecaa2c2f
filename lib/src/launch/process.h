/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that we start, watch and end.  They are started by exec, in a process group of their
 * own, so that an interrupt at the terminal reaches only us, and on a leash: their standard input
 * is a pipe that closes when we end, however we end. */
#ifndef GAMLP_LAUNCH_PROCESS_H
#define GAMLP_LAUNCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "gamlp/status.h"

typedef struct gamlp_process {
    int pid;    /* also the number of its process group; 0: none          */
    int watch;  /* a descriptor that is readable once it has ended, or -1 */
    int input;  /* our end of its standard input, or -1                  */
    bool ended; /* it has been waited for                                */
    int result; /* then what waitpid() said                              */
} gamlp_process;

/* No process. */
void gamlp_process_init(gamlp_process *process);

/* Start `words` (the last one NULL), found as a shell finds it.  Its output and error output are
 * appended to the file `log`, or are ours when that is NULL.  GAMLP_E_NOINPUT names a program that
 * is not there.  A process that was started is to be ended: gamlp_process_end(). */
gamlp_status gamlp_process_start(gamlp_process *process, const char *const *words, const char *log);

/* Write all of a short text to its standard input. */
gamlp_status gamlp_process_write(const gamlp_process *process, const void *data, size_t size);

/* Whether it has ended, after waiting at most `seconds` for that. */
bool gamlp_process_wait(gamlp_process *process, double seconds);

/* A signal to it, or to its whole group; nothing when it has ended. */
void gamlp_process_signal(const gamlp_process *process, int number);
void gamlp_process_signal_group(const gamlp_process *process, int number);

/* Close its input, and after `seconds` kill its group, if it has not ended by then.  Always clears;
 * accepts a process that was never started. */
void gamlp_process_end(gamlp_process *process, double seconds);

/* How it ended, e.g. "exited with status 74" or "was killed by signal 9 (Killed)". */
void gamlp_process_describe(char *text, size_t size, const gamlp_process *process);

#endif
