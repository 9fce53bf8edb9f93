// Output, in this room: what becomes of what worker processes print (manyhands/output.h).
//
// There is a printout for each pool that captures. It gets pieces, of any size, that end anywhere,
// one call at a time; each piece says whose it is, and a last one that this was all. What it keeps
// meanwhile is kept for each seat and stream, for a worker does one thing at a time. Where memory
// runs out, lines or groups are broken up, and nothing is lost.
#ifndef MHI_REPORT_OUTPUT_H
#define MHI_REPORT_OUTPUT_H

#include <stdio.h>

#include <manyhands/pool.h>

#include "../shared/piece.h"

// Writes whole lines to a descriptor.
typedef void mhi_say(int fd, const char *text, size_t size);

typedef struct mhi_printout mhi_printout;

// `say` is how lines and groups are written. MH_NO_MEMORY; for a folder: MH_NOT_FOUND, MH_SYSTEM.
mh_status mhi_printout_open(mhi_printout **printout, const mhi_output_options *options,
                            mhi_say *say);
void mhi_printout_take(mhi_printout *printout, const mhi_piece *piece);
void mhi_printout_close(mhi_printout *printout);

// ---- parts --------------------------------------------------------------------------------------

// What is kept of one stream of one seat.
typedef struct mhi_held {
    char *bytes;
    size_t size, room;
    FILE *file;
    bool has_begun; // files: the worker's own was opened before
} mhi_held;

struct mhi_printout {
    mhi_output_options options;
    mhi_say *say;
    char *folder;
    uint64_t lost; // bytes that could not be written
    mhi_held held[MH_WORKERS_LIMIT][MHI_OUTPUT_STREAMS];
};

static inline mhi_held *mhi_held_of(mhi_printout *printout, const mhi_subject *subject,
                                    uint32_t stream)
{
    return &printout->held[subject->worker][stream];
}

// output_lines.c: by line, with a prefix or without; and grouped.
void mhi_print_lines(mhi_printout *printout, const mhi_piece *piece);
void mhi_print_group(mhi_printout *printout, const mhi_piece *piece);
void mhi_print_held(mhi_printout *printout, mhi_held *held, uint32_t stream);

// output_files.c
mh_status mhi_files_open(mhi_printout *printout);
void mhi_files_take(mhi_printout *printout, const mhi_piece *piece);
void mhi_files_close(mhi_printout *printout);

#endif
