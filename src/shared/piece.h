// Piece: some bytes that a worker process printed, with whose they are, on their way up.
#ifndef MHI_PIECE_H
#define MHI_PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <manyhands/output.h>

// What the user wants to be done with what is captured.
typedef struct mhi_output_options {
    mh_output mode;
    const char *folder;
    mh_output_sink *sink;
    void *context;
    struct mh_pool *pool;
} mhi_output_options;

static inline bool mhi_output_is_captured(const mhi_output_options *options)
{
    return options->mode != MH_OUTPUT_RAW || options->sink != NULL;
}

// Whose bytes they are.
typedef struct mhi_subject {
    uint32_t source; // an mh_output_source
    uint32_t map;    // its number in the pool, from 1 on; 0: none
    uint64_t index;
    int32_t worker, pid;
} mhi_subject;

enum { MHI_OUTPUT_STREAMS = 2 }; // stdout and stderr

typedef struct mhi_piece {
    mhi_subject subject;
    uint32_t stream;
    const char *bytes;
    size_t size;
    bool has_ended; // the subject prints no more, on either stream; `size` is 0
} mhi_piece;

#endif
