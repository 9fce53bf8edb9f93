// Output: one printout for each pool, and which of the modes it is in.

#include "output.h"

#include "../base/log.h"
#include "../base/memory.h"

mh_status mhi_printout_open(mhi_printout **printout, const mhi_output_options *options,
                            mhi_say *say)
{
    mhi_printout *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for the output of tasks");
    made->options = *options;
    made->say = say;
    mh_status status = options->mode == MH_OUTPUT_FILES ? mhi_files_open(made) : MH_OK;
    if (status == MH_OK)
        *printout = made;
    else
        mhi_free(made);
    return status;
}

static void give_to_user(const mhi_output_options *options, const mhi_piece *piece)
{
    const mhi_subject *subject = &piece->subject;
    const mh_output_piece told = {.pool = options->pool,
                                  .worker = subject->worker,
                                  .pid = subject->pid,
                                  .source = (mh_output_source)subject->source,
                                  .map = (int)subject->map,
                                  .index = subject->index,
                                  .is_error_stream = piece->stream == 1,
                                  .data = piece->bytes,
                                  .size = piece->size,
                                  .has_ended = piece->has_ended};
    options->sink(options->context, &told);
}

void mhi_printout_take(mhi_printout *printout, const mhi_piece *piece)
{
    if (printout->options.sink != NULL)
        give_to_user(&printout->options, piece);
    else if (printout->options.mode == MH_OUTPUT_FILES)
        mhi_files_take(printout, piece);
    else if (printout->options.mode == MH_OUTPUT_TASKS)
        mhi_print_group(printout, piece);
    else
        mhi_print_lines(printout, piece);
}

void mhi_printout_close(mhi_printout *printout)
{
    mhi_files_close(printout);
    for (int i = 0; i < MH_WORKERS_LIMIT; i++)
        for (uint32_t stream = 0; stream < MHI_OUTPUT_STREAMS; stream++) {
            mhi_held *held = &printout->held[i][stream];
            mhi_print_held(printout, held, stream);
            mhi_free(held->bytes);
        }
    mhi_free(printout->folder);
    mhi_free(printout);
}
