/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations and bytes of layers: what gamlp_pd_layer_init() and its neighbours allocate, the
 * coders at a border, and the parcels underway there. */
#include <stdbool.h>

#include "gamlp/real.h"
#include "runtime/share_out.h"
#include "runtime/wire.h"

static double larger(double a, double b) {
    return a > b ? a : b;
}

static bool is_gram(const gamlp_net_size *size, int64_t l) {
    return l == 1 && size->columns[0] <= size->width[0];
}

static double operations_of(const gamlp_net_size *size, int64_t l) {
    double in = (double)size->width[l - 1], out = (double)size->width[l];
    double n = (double)size->columns[0];
    double products = is_gram(size, l) ? 2 * out * n * n : 2 * in * out * n * (l == 1 ? 2 : 4);
    double passes =
        40 * out * n + (l > 1 ? 10 * in * n : 0) + (l == size->layers ? 400 * out * n : 0);
    return products + passes + 2 * in * out * (double)size->columns[1];
}

/* Numbers that layer l holds from one iteration to the next, X'X of watched columns twice: the
 * other time sorted. */
static double state_of(const gamlp_net_size *size, int64_t l) {
    double in = (double)size->width[l - 1], out = (double)size->width[l];
    double n = (double)size->columns[0];
    double watched = (double)size->columns[1] + (double)size->columns[2];
    double copies = size->held ? 3 : 2; /* now, remembered, put aside */
    double state = 3 * out * n + (l < size->layers ? 2 * out * n : 0);
    if (l > 1) state += 2 * in * n;
    if (is_gram(size, l))
        return state + (copies + 1) * out * n + (out + 2 * n) * watched + n * n +
               (size->adopted ? in * out : 0);
    return state + copies * in * out;
}

/* Numbers of layer l in a message, for a checkpoint or with its weights, where it is made, and on
 * its way. */
static double message_of(const gamlp_net_size *size, int64_t l) {
    double in = (double)size->width[l - 1], out = (double)size->width[l];
    double n = (double)size->columns[0], weights = in * out;
    double kept = (is_gram(size, l) ? 2 * out * n : 2 * weights) + 5 * out * n;
    if (is_gram(size, l) && size->adopted) kept += weights;
    if (l > 1) kept += in * n;
    double message = larger(kept, weights);
    double underway = (double)GAMLP_WIRE_WINDOW * GAMLP_WIRE_PIECE / sizeof(gamlp_real);
    return 2 * message + (message < underway ? message : underway);
}

/* Numbers that layers of a share take turns with; in a pass over watched columns those of the layer
 * below, the same sorted, and its own. */
static double scratch_of(const gamlp_net_size *size, int64_t l, double widest) {
    double in = (double)size->width[l - 1], out = (double)size->width[l];
    double n = (double)size->columns[0], pass = l > 1 ? larger(in, out) : out;
    double scratch = message_of(size, l) + out * n + (l > 1 ? 3 : 2) * pass * widest;
    if (!is_gram(size, l)) scratch += in * out * (size->regularised ? 3 : 1);
    if (size->quantised && l > 1) scratch += in * n;
    if (l > 1 && n * (in + out) < in * out) scratch += n * n;
    return scratch;
}

/* Bytes at a border of so many rows: variables of the neighbour, coders of p, q and what is scored,
 * and a link with two parcels underway each way. */
static double border_of(const gamlp_net_size *size, double rows, double widest) {
    double number = sizeof(gamlp_real), n = (double)size->columns[0];
    double coder = 2 + number + (size->coded ? 2 + 3 * number : 0);
    return rows * (2 * n * number + (2 * n + widest) * coder + 4 * widest * number);
}

gamlp_load gamlp_load_of(const gamlp_net_size *size, int64_t l) {
    double number = sizeof(gamlp_real), widest = 0;
    for (int i = 0; i < 3; i++) widest = larger(widest, (double)size->columns[i]);
    gamlp_load load = {.operations = operations_of(size, l),
                       .state = number * state_of(size, l),
                       .scratch = number * scratch_of(size, l, widest)};
    if (l == 1) load.state += 2 * size->x; /* as a message and as blocks */
    if (l > 1) load.below = border_of(size, (double)size->width[l - 1], widest);
    if (l < size->layers) load.above = border_of(size, (double)size->width[l], widest);
    return load;
}

static double bytes_of(const gamlp_stack *x) {
    double sum = 0;
    for (int64_t k = 0; k < x->blocks; k++) {
        const gamlp_csr *s = &x->block[k].sparse;
        const gamlp_dense *d = &x->block[k].dense;
        if (s->ptr)
            sum += (double)(s->rows + 1) * sizeof *s->ptr +
                   (double)s->nnz * (sizeof *s->idx + (s->val ? sizeof *s->val : 0));
        else
            sum += (double)d->rows * (double)d->cols * sizeof *d->data;
    }
    return sum;
}

void gamlp_loads_of_run(gamlp_load *load, const gamlp_run_data *d, const gamlp_train_options *o,
                        const int64_t *width, int64_t layers) {
    gamlp_net_size size = {.width = width,
                           .layers = layers,
                           .columns = {d->train.cols, d->val.cols, d->test.cols},
                           .x = bytes_of(&d->train) + bytes_of(&d->val) + bytes_of(&d->test),
                           .held = true,
                           .coded = o->codec != 0,
                           .adopted = o->from[0] != 0,
                           .quantised = o->solver == GAMLP_SOLVER_PDADMM_G_Q,
                           .regularised = o->regulariser != GAMLP_OMEGA_NONE};
    for (int64_t l = 1; l <= layers; l++) load[l - 1] = gamlp_load_of(&size, l);
}

double gamlp_share_bytes(const gamlp_load *load, int64_t first, int64_t last) {
    double scratch = 0, sum = GAMLP_SHARE_LEAST + load[first - 1].below + load[last - 1].above;
    for (int64_t l = first; l <= last; l++) {
        sum += load[l - 1].state;
        scratch = larger(scratch, load[l - 1].scratch);
    }
    return sum + scratch;
}
