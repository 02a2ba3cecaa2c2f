/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A parcel's `kind` is the order, its `layer` the number of the piece and its `iteration` how many
 * pieces there are. */
#include "runtime/wire.h"

#include <string.h>

#include "core/clock.h"

gamlp_link_plan gamlp_wire_plan(uint16_t peer) {
    return (gamlp_link_plan){
        .peer = peer, .window = GAMLP_WIRE_WINDOW, .capacity = GAMLP_WIRE_PIECE};
}

void gamlp_wire_clear(gamlp_wire *wire) {
    gamlp_link_free(wire->link);
    gamlp_writer_clear(&wire->in);
    *wire = (gamlp_wire){0};
}

/* Room for a piece, for which a worker that is lost makes nobody wait. */
static gamlp_status reserve(uint8_t **room, gamlp_wire *wire, int64_t size, double seconds) {
    static const double tick = 0.25;
    double end = gamlp_clock() + seconds;
    if (!wire->check) return gamlp_link_reserve(room, wire->link, size, seconds);
    gamlp_status status = gamlp_link_reserve(room, wire->link, size, tick);
    while (status == GAMLP_E_IO && gamlp_clock() < end) {
        GAMLP_TRY(wire->check(wire->check_context));
        status = gamlp_link_reserve(room, wire->link, size, tick);
    }
done:
    return status;
}

gamlp_status gamlp_wire_send(gamlp_wire *wire, gamlp_order order, const void *bytes, size_t size,
                             double seconds) {
    const unsigned char *from = bytes;
    size_t pieces = size / GAMLP_WIRE_PIECE + (size % GAMLP_WIRE_PIECE > 0 || size == 0);
    gamlp_status status = GAMLP_OK;
    if (pieces > UINT32_MAX)
        return gamlp_fail(GAMLP_E_USAGE, "a message of %zu bytes is too long", size);
    for (size_t i = 0; i < pieces; i++) {
        size_t left = size - i * GAMLP_WIRE_PIECE;
        size_t part = left < GAMLP_WIRE_PIECE ? left : GAMLP_WIRE_PIECE;
        uint8_t *room;
        GAMLP_TRY(reserve(&room, wire, part > 0 ? (int64_t)part : 1, seconds));
        room[0] = 0;
        if (part > 0) memcpy(room, from + i * GAMLP_WIRE_PIECE, part);
        gamlp_parcel parcel = {.kind = (uint8_t)order,
                               .layer = (uint32_t)i,
                               .iteration = (uint32_t)(size == 0 ? 0 : pieces),
                               .size = part > 0 ? (int64_t)part : 1,
                               .plain = (int64_t)part};
        GAMLP_TRY(gamlp_link_post(wire->link, &parcel));
    }
done:
    return status;
}

gamlp_status gamlp_wire_send_fields(gamlp_wire *wire, gamlp_order order, gamlp_writer *writer,
                                    double seconds) {
    gamlp_status status = gamlp_writer_check(writer);
    if (status == GAMLP_OK)
        status = gamlp_wire_send(wire, order, writer->data, writer->size, seconds);
    gamlp_writer_clear(writer);
    return status;
}

/* Where the piece belongs: the first one begins a message, others follow each other. */
static bool fits(gamlp_wire *wire, const gamlp_parcel *parcel) {
    if (parcel->layer == 0) {
        wire->in.size = 0;
        wire->pieces = 0;
        wire->order = (gamlp_order)parcel->kind;
    }
    return parcel->layer == wire->pieces && wire->order == (gamlp_order)parcel->kind &&
           (parcel->iteration > parcel->layer || (parcel->iteration == 0 && parcel->size == 1));
}

gamlp_status gamlp_wire_recv(gamlp_order *order, gamlp_reader *body, gamlp_wire *wire,
                             double seconds) {
    gamlp_parcel parcel;
    const uint8_t *bytes;
    int64_t index;
    gamlp_status status = GAMLP_OK;
    *order = (gamlp_order)0;
    GAMLP_TRY(gamlp_link_wait_any(&index, &wire->link, 1, seconds));
    if (index < 0) return GAMLP_OK;
    GAMLP_TRY(gamlp_link_wait(&parcel, &bytes, wire->link, seconds));
    bool good = fits(wire, &parcel);
    if (good && parcel.iteration > 0) gamlp_put_raw(&wire->in, bytes, (size_t)parcel.size);
    gamlp_link_take(wire->link);
    wire->pieces++;
    if (!good) GAMLP_TRY(gamlp_fail(GAMLP_E_DATA, "a piece of a message that did not begin"));
    GAMLP_TRY(gamlp_writer_check(&wire->in));
    if (parcel.iteration > wire->pieces) return GAMLP_OK;
    *order = wire->order;
    *body = gamlp_reader_of(wire->in.data, wire->in.size);
done:
    return status;
}
