/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as a table of integers, a table of numbers and a data set.  Tables are the same, and are
 * refused with the same sentence, whatever the number of threads. */
#include "dataset/format.h"
#include "dataset/table.h"
#include "folder.h"
#include "fuzz.h"
#include "gamlp/threads.h"

static void check_table(const char *path, const gamlp_table_layout *layout, size_t size) {
    gamlp_table a, b;
    char sentence[1024] = "";
    gamlp_threads_set(1);
    gamlp_status one = gamlp_table_read(&a, path, layout);
    if (one != GAMLP_OK) snprintf(sentence, sizeof sentence, "%s", gamlp_error_text());
    if (size % 16 != 0) { /* threads cost more than all the rest */
        gamlp_table_clear(&a);
        return;
    }
    gamlp_threads_set(4);
    if (gamlp_table_read(&b, path, layout) != one) abort();
    if (one != GAMLP_OK && strncmp(sentence, gamlp_error_text(), sizeof sentence - 1) != 0) abort();
    if (a.rows != b.rows || a.columns != b.columns) abort();
    size_t cells = (size_t)(a.rows * a.columns);
    if (a.ints && memcmp(a.ints, b.ints, cells * sizeof *a.ints) != 0) abort();
    if (a.reals && memcmp(a.reals, b.reals, cells * sizeof *a.reals) != 0) abort();
    gamlp_table_clear(&a);
    gamlp_table_clear(&b);
    gamlp_threads_set(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"t.csv", NULL};
    const gamlp_table_layout layouts[] = {
        {.cell = "a node", .bounded = true, .high = 99, .rows = 1000000, .any_rows = true},
        {.cell = "a number", .reals = true, .rows = 1000000, .any_rows = true, .missing = true},
        {.cell = "a number", .reals = true, .rows = 3, .columns = 2, .header = true}};
    char path[256];
    fuzz_folder(names);
    fuzz_full_name(path, sizeof path, names[0]);
    fuzz_put(names[0], (gamlp_bytes){(unsigned char *)(uintptr_t)data, size});
    if (size == 0) return 0;
    for (int i = 0; i < 3; i++) check_table(path, &layouts[i], size);
    gamlp_dataset d;
    if (gamlp_csv_read(&d, path) != GAMLP_OK) return 0;
    if (gamlp_dataset_split_random(&d, 1, 1, 1, 0) == GAMLP_OK &&
        gamlp_dataset_check(&d) == GAMLP_OK)
        gamlp_dataset_fingerprint(&d);
    gamlp_dataset_clear(&d);
    return 0;
}
