/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A header, whose checksum is put right if the first byte says so, and a payload: what is accepted
 * is written back as it was; both ends' machines take it in any state. */
#include <stdlib.h>
#include <string.h>

#include "core/crc.h"
#include "fuzz.h"
#include "transport/machine.h"

static void feed(gamlp_machine *m, const gamlp_frame *f, const uint8_t *payload) {
    gamlp_event event = {.type = GAMLP_EVENT_FRAME, .frame = *f};
    if (f->type != GAMLP_FRAME_DATA) gamlp_frame_state_decode(&event.state, payload);
    gamlp_position wanted = m->wanted;
    gamlp_actions actions = gamlp_machine_step(m, &event);
    if (actions.store && (f->sequence != wanted.sequence || f->chunk != wanted.chunk)) abort();
    while (gamlp_machine_may_take(m))
        gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_TAKE});
    if (m->held > 0) gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_FILL});
    if (gamlp_machine_may_post(m))
        gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_POST,
                                             .chunks = 2,
                                             .held = (uint32_t)wanted.chunk & 1});
    for (int i = 0; i < 20 && gamlp_machine_has_frame(m); i++) {
        actions = gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_READY});
        if (!actions.send) abort();
        const gamlp_frame *sent = &actions.frame;
        if (sent->type == GAMLP_FRAME_DATA && sent->sequence == m->posted &&
            sent->chunk + m->held >= sent->chunks)
            abort();
        gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_SENT, .frame = actions.frame});
    }
    if (m->posted - m->released > m->options.window) abort();
    gamlp_machine_step(m, &(gamlp_event){.type = GAMLP_EVENT_TIME, .now = m->now + 0.5});
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    gamlp_machine end[2];
    for (int i = 0; i < 2; i++) {
        gamlp_machine_options o = {
            .connects = i, .window = 2, .beat = 0.25, .stall = 1.5, .stall_max = 60};
        gamlp_machine_init(&end[i], &o, 0);
    }
    enum { STEP = 1 + GAMLP_FRAME_HEADER + GAMLP_FRAME_STATE };
    for (; size >= STEP; data += STEP, size -= STEP) {
        uint8_t header[GAMLP_FRAME_HEADER], again[GAMLP_FRAME_HEADER];
        gamlp_frame f;
        memcpy(header, data + 1, sizeof header);
        if (data[0] & 1) {
            uint32_t crc = gamlp_crc32c(0, header, 60);
            for (int i = 0; i < 4; i++) header[60 + i] = (uint8_t)(crc >> (8 * i));
        }
        if (gamlp_frame_decode(&f, header, sizeof header) != GAMLP_FRAME_GOOD) continue;
        gamlp_frame_encode(again, &f);
        if (memcmp(again, header, sizeof header) != 0) abort();
        feed(&end[data[0] >> 1 & 1], &f, data + 1 + GAMLP_FRAME_HEADER);
    }
    return 0;
}
