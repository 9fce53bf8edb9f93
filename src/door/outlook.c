// Outlook: who above is told what the workers' rooms have to tell, and who writes for the log.

#include "../base/log.h"
#include "../worker/outlook.h"

#include "../report/drawer.h"
#include "../report/output.h"
#include "../report/screen.h"

static mh_status open_output(void **output, const mhi_output_options *options)
{
    mhi_printout *made = NULL;
    mh_status status = mhi_printout_open(&made, options, mhi_screen_say);
    *output = made;
    return status;
}

static void take_output(void *output, const mhi_piece *piece)
{
    mhi_printout_take(output, piece);
}

static void close_output(void *output)
{
    mhi_printout_close(output);
}

const mhi_outlook mhi_outlook_above = {.begin = mhi_drawer_begin,
                                       .bars = mhi_drawer_call,
                                       .output_open = open_output,
                                       .output_take = take_output,
                                       .output_close = close_output};

void (*const mhi_log_write_by)(int fd, const char *text, size_t size) = mhi_screen_say;
