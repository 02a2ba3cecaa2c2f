/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that start a worker on another host. */
#ifndef GAMLP_LAUNCH_COMMAND_H
#define GAMLP_LAUNCH_COMMAND_H

#include <stdint.h>

#include "gamlp/status.h"

enum { GAMLP_COMMAND_WORDS = 64 };

/* Words for exec, the last one NULL; they are parts of `text`, which is owned. */
typedef struct gamlp_command {
    char *text;
    const char *word[GAMLP_COMMAND_WORDS];
} gamlp_command;

/* `PROGRAM worker`. */
gamlp_status gamlp_command_local(gamlp_command *command, const char *program);
/* `SSH -o BatchMode=yes HOST "exec 'PROGRAM' worker"`; `ssh` may have options, separated by
 * blanks. */
gamlp_status gamlp_command_ssh(gamlp_command *command, const char *ssh, const char *host,
                               const char *program);
/* `SRUN --ntasks=N ... PROGRAM worker`, which starts N workers. */
gamlp_status gamlp_command_srun(gamlp_command *command, const char *srun, int64_t workers,
                                const char *program);

/* The words as a shell would read them.  Ownership passes to the caller: gamlp_free(). */
gamlp_status gamlp_command_print(char **text, const gamlp_command *command);

/* Release the text and zero the struct. */
void gamlp_command_clear(gamlp_command *command);

#endif
