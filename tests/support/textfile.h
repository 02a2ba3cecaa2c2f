/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a test's folder. */
#ifndef GAMLP_TEST_TEXTFILE_H
#define GAMLP_TEST_TEXTFILE_H

/* Write `text` as FOLDER/NAME. */
void write_text(const char *folder, const char *name, const char *text);

/* FOLDER/NAME, valid until the fourth call from now. */
const char *path_in(const char *folder, const char *name);

#endif
