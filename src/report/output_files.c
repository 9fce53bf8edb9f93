// Output to files: one for each task and stream that prints, open from its first bytes to its end.
//
// They have no buffer, so that nothing of them is left in memory that a forked child would write
// again.

#include <errno.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "output.h"

enum { NAME = 64 };

mh_status mhi_files_open(mhi_printout *printout)
{
    const char *folder = printout->options.folder;
    int error = mhi_folder_check(folder);
    if (error == ENOENT || error == ENOTDIR)
        return mhi_refuse(MH_NOT_FOUND, "there is no folder %s for the output of tasks",
                          folder);
    if (error != 0)
        return mhi_refuse_errno(error, "the folder %s for the output of tasks", folder);
    size_t size = strlen(folder) + 1;
    printout->folder = mhi_allocate(1, size + NAME);
    if (printout->folder == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory for the output of tasks");
    memcpy(printout->folder, folder, size);
    return MH_OK;
}

static void write_name(const mhi_piece *piece, char *name)
{
    const mhi_subject *subject = &piece->subject;
    const char *end = piece->stream == 0 ? "out" : "err";
    unsigned long long index = subject->index;
    if (subject->source == MH_OUTPUT_OF_TASK)
        snprintf(name, NAME, "/task-%012llu.%s", index, end);
    else if (subject->source == MH_OUTPUT_OF_ITEM)
        snprintf(name, NAME, "/map-%04u-item-%012llu.%s", subject->map, index, end);
    else
        snprintf(name, NAME, "/worker-%04d.%s", subject->worker, end);
}

// A worker has several things to say, perhaps under one name.
static FILE *open_file(mhi_printout *printout, mhi_held *held, const mhi_piece *piece)
{
    bool goes_on = piece->subject.source == MH_OUTPUT_OF_WORKER && held->has_begun;
    size_t folder = strlen(printout->folder);
    char *path = printout->folder; // there is room for a name behind it
    write_name(piece, path + folder);
    FILE *file = mhi_should_fail() ? (errno = EMFILE, NULL)
                                   : fopen(path, goes_on ? "abe" : "wbe");
    if (file != NULL)
        setvbuf(file, NULL, _IONBF, 0);
    else if (printout->lost == 0)
        mhi_log(MH_LOG_ERROR, "output of tasks is lost: opening %s: %s", path,
                mhi_error_text(errno));
    path[folder] = '\0';
    held->has_begun |= file != NULL && piece->subject.source == MH_OUTPUT_OF_WORKER;
    return file;
}

static void write_bytes(mhi_printout *printout, FILE *file, const mhi_piece *piece)
{
    size_t written = file == NULL ? 0 : fwrite(piece->bytes, 1, piece->size, file);
    if (written < piece->size && file != NULL && printout->lost == 0)
        mhi_log(MH_LOG_ERROR, "output of tasks is lost: writing a file in %s: %s",
                printout->folder, mhi_error_text(errno));
    printout->lost += piece->size - written;
}

static void close_file(mhi_held *held)
{
    if (held->file != NULL)
        fclose(held->file);
    held->file = NULL;
}

void mhi_files_take(mhi_printout *printout, const mhi_piece *piece)
{
    mhi_held *held = mhi_held_of(printout, &piece->subject, piece->stream);
    if (piece->size > 0 && held->file == NULL)
        held->file = open_file(printout, held, piece);
    if (piece->size > 0)
        write_bytes(printout, held->file, piece);
    for (uint32_t i = 0; piece->has_ended && i < MHI_OUTPUT_STREAMS; i++)
        close_file(mhi_held_of(printout, &piece->subject, i));
}

void mhi_files_close(mhi_printout *printout)
{
    for (int i = 0; i < MH_WORKERS_LIMIT; i++)
        for (int stream = 0; stream < MHI_OUTPUT_STREAMS; stream++)
            close_file(&printout->held[i][stream]);
    if (printout->lost > 0)
        mhi_log(MH_LOG_ERROR, "%llu bytes of the output of tasks could not be written",
                (unsigned long long)printout->lost);
}
