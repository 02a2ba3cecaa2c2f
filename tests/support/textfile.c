/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "textfile.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "core/file.h"

const char *path_in(const char *folder, const char *name) {
    static char path[4][4400];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

void write_text(const char *folder, const char *name, const char *text) {
    CHECK_OK(gamlp_file_write(path_in(folder, name), text, strlen(text)));
}
