/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of datasets/ and graphs/, put into the library at build time. */
#ifndef GAMLP_DATASET_EMBED_H
#define GAMLP_DATASET_EMBED_H

typedef struct gamlp_embed {
    const char *name, *text; /* file name without ending; both NULL behind the last */
} gamlp_embed;

extern const gamlp_embed gamlp_embed_table[];

#endif
