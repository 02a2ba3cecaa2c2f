/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "program.h"

static int longest_word(const gamlp_verification *v) {
    size_t width = 0;
    for (int64_t i = 0; i < v->count; i++)
        if (strlen(v->finding[i].what) > width) width = strlen(v->finding[i].what);
    return (int)width;
}

void print_findings(const gamlp_verification *v, bool only_differing) {
    static const char *const verdict[] = {"ok", "differs", "open"};
    int width = longest_word(v);
    for (int64_t i = 0; i < v->count; i++) {
        const gamlp_finding *f = &v->finding[i];
        bool differs = f->verdict == GAMLP_VERDICT_DIFFERS;
        if (only_differing && !differs) continue;
        printf("  %-9s%-*s  ", verdict[f->verdict], width, f->what);
        if (differs) printf("expected %s, found ", f->expected);
        printf("%s\n", f->found);
    }
}
