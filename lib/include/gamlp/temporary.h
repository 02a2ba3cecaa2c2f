/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module: core.  The temporary files of outputs, for programs that are ended by a signal. */
#ifndef GAMLP_TEMPORARY_H
#define GAMLP_TEMPORARY_H

#ifdef __cplusplus
extern "C" {
#endif

/* Remove the temporary files of all outputs that are being written (up to 256), by whichever
 * thread.  Their calls then fail when they give the files their names: what is left to the process
 * is to end.  Async-signal-safe: to be called by the handler of a signal, before the signal is
 * raised again.  Files that a later call goes on from are not temporary ones. */
void gamlp_temporaries_remove(void);

#ifdef __cplusplus
}
#endif
#endif
