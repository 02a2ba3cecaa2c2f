/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of parcels that are underway. */
#include <string.h>

#include "gamlp/alloc.h"
#include "transport/inner.h"

gamlp_status gamlp_block_fit(gamlp_block **block, int64_t room) {
    gamlp_block *fresh = NULL;
    gamlp_status status = GAMLP_OK;
    if (*block && (*block)->room >= room && atomic_load(&(*block)->users) == 1) return GAMLP_OK;
    GAMLP_TRY(gamlp_new(&fresh, 1, sizeof *fresh, "a parcel"));
    GAMLP_TRY(gamlp_new_raw(&fresh->bytes, room, 1, "the bytes of a parcel"));
    GAMLP_TRY(gamlp_new_raw(&fresh->crc, gamlp_frame_chunks((uint64_t)room), sizeof *fresh->crc,
                            "the check sums of a parcel"));
    fresh->room = room;
    atomic_store(&fresh->users, 1);
    gamlp_block_leave(*block);
    *block = fresh;
    fresh = NULL;
done:
    if (fresh) {
        gamlp_free(fresh->bytes);
        gamlp_free(fresh);
    }
    return status;
}

void gamlp_block_leave(gamlp_block *block) {
    if (!block || atomic_fetch_sub(&block->users, 1) != 1) return;
    gamlp_free(block->bytes);
    gamlp_free(block->crc);
    gamlp_free(block);
}

void gamlp_slot_drop(gamlp_slot *slot) {
    for (int64_t i = 0; i < slot->pieces; i++) gamlp_part_clear(&slot->piece[i]);
    slot->pieces = 0;
}

bool gamlp_slot_fit(gamlp_slot *slot, int64_t chunks) {
    gamlp_slot_drop(slot);
    if (chunks <= slot->piece_room) return true;
    if (gamlp_grow(&slot->piece, slot->piece_room, chunks, sizeof *slot->piece, "chunks") !=
        GAMLP_OK)
        return false;
    slot->piece_room = chunks;
    return true;
}

void gamlp_slot_return(gamlp_slot *slot) {
    gamlp_loan_leave(slot->loan);
    slot->loan = NULL;
}

bool gamlp_slot_is_lent(const gamlp_slot *slot, int64_t chunk) {
    return slot->loan && chunk > 0;
}

const uint8_t *gamlp_slot_chunk(const gamlp_slot *slot, int64_t chunk) {
    int64_t at = chunk * GAMLP_FRAME_CHUNK;
    return gamlp_slot_is_lent(slot, chunk) ? slot->loan->bytes + at - slot->lent
                                           : slot->block->bytes + at;
}

void gamlp_slot_clear(gamlp_slot *slot) {
    gamlp_slot_drop(slot);
    gamlp_slot_return(slot);
    gamlp_free(slot->piece);
    gamlp_block_leave(slot->block);
}

gamlp_status gamlp_slot_gather(gamlp_slot *slot) {
    gamlp_status status = gamlp_block_fit(&slot->block, (int64_t)slot->head.total);
    uint8_t *at = status == GAMLP_OK ? slot->block->bytes : NULL;
    for (int64_t i = 0; at && i < slot->pieces; at += slot->piece[i++].size)
        memcpy(at, slot->piece[i].bytes, slot->piece[i].size);
    return status;
}
