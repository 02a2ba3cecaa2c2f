/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run can be taken up from: the folder RUN/checkpoint (docs/formats.md).  A checkpoint is a
 * number of files of its own and a manifest.json that lists them with their sizes and hashes; the
 * manifest is replaced when all are safe, and only then are those of the one before removed. */
#ifndef GAMLP_RUNTIME_CHECKPOINT_H
#define GAMLP_RUNTIME_CHECKPOINT_H

#include "runtime/certificate.h"
#include "runtime/run.h"
#include "runtime/solvers.h"

/* Where a seed is; plain values, which go to a file as they are. */
typedef struct gamlp_position {
    int64_t seed_index; /* the seeds before it are finished                            */
    bool begun;         /* ... and of this one there is what follows                   */
    int64_t stage, layers, iterations, best_iteration;
    gamlp_score best, val;
    gamlp_theory theory;
    double seconds; /* since the seed began */
    char from_sha256[GAMLP_HASH_TEXT];
    gamlp_frozen frozen;
    int64_t journal; /* bytes of run.jsonl */
} gamlp_position;

typedef struct gamlp_checkpoint {
    char *directory; /* RUN/checkpoint */
    int64_t serial;  /* of the last one; 0: there is none */
    bool fresh;      /* the folder is of this process, not of a run that is taken up */
    gamlp_position position;
    gamlp_history history;    /* of its stage, with --certify           */
    gamlp_run_result *result; /* of the seeds that are finished, in order */
    int64_t results;
    char run[GAMLP_HASH_TEXT]; /* what must be the same to go on: data, split, options */
    gamlp_json *files;         /* of the one that is being written */
} gamlp_checkpoint;

/* No checkpoint yet in the run directory `run`; for `results` seeds.  Ownership passes to the
 * caller: gamlp_checkpoint_clear(). */
gamlp_status gamlp_checkpoint_init(gamlp_checkpoint *checkpoint, const char *run, int64_t results);
void gamlp_checkpoint_clear(gamlp_checkpoint *checkpoint);

/* Write one: position and history as they stand in the object, the journal so far, and the layers
 * of `net` unless it is NULL.  On failure the one before stays. */
gamlp_status gamlp_checkpoint_write(gamlp_checkpoint *checkpoint, const gamlp_run *run,
                                    const gamlp_solver_row *solver, void *net);

/* Read what was written last into position, history and results.  GAMLP_E_NOINPUT when there is
 * none, GAMLP_E_DATA when it is damaged or was made by another version. */
gamlp_status gamlp_checkpoint_read(gamlp_checkpoint *checkpoint);

/* The net of the position, from its layers. */
gamlp_status gamlp_checkpoint_thaw(const gamlp_checkpoint *checkpoint,
                                   const gamlp_solver_row *solver, void *net);

/* The bytes of a file of the checkpoint: of "journal", or of "model" of a finished seed. */
gamlp_status gamlp_checkpoint_file(gamlp_bytes *bytes, const gamlp_checkpoint *checkpoint,
                                   const char *name, int64_t index);

/* Keep the model of a finished seed; it belongs to the checkpoints from the next one on. */
gamlp_status gamlp_checkpoint_keep_model(const gamlp_checkpoint *checkpoint, int64_t index,
                                         const unsigned char *bytes, size_t size);

/* The run is complete: remove the folder. */
void gamlp_checkpoint_remove(gamlp_checkpoint *checkpoint);

#endif
