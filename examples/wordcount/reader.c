// Reader: see reader.h. A file is read piece by piece into the same buffer, and a compressed
// one is inflated piece by piece into another, so memory does not depend on the size of files.

#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE_SIZE ((size_t)128 * 1024)
#define GZIP_ONLY (15 + 16) // the largest window, and no other format: see inflateInit2

struct reader {
    struct words words;
    z_stream inflater;
    uint64_t mark;
    char *crash_name;
    char piece[PIECE_SIZE];    // as it is in the file
    char inflated[PIECE_SIZE]; // what comes of it, when it was compressed
};

static mh_status fail_with_errno(mh_call *call)
{
    return mh_fail(call, errno, "%s", strerror(errno));
}

static void free_reader(struct reader *reader)
{
    inflateEnd(&reader->inflater);
    words_fini(&reader->words);
    free(reader->crash_name);
    free(reader);
}

static mh_status set_up(mh_call *call, mh_bytes argument, void **state)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL)
        return fail_with_errno(call);
    reader->crash_name = strdup(argument.size > 0 ? argument.data : "");
    if (reader->crash_name == NULL || !words_init(&reader->words) ||
        inflateInit2(&reader->inflater, GZIP_ONLY) != Z_OK ||
        getrandom(&reader->mark, sizeof reader->mark, 0) != sizeof reader->mark) {
        free_reader(reader);
        return mh_fail(call, ENOMEM, "the reader could not be made");
    }
    *state = reader;
    return MH_OK;
}

// Reads the next piece of the file; *size is 0 at its end.
static mh_status read_piece(struct reader *reader, mh_call *call, int fd, size_t *size)
{
    ssize_t count;
    do
        count = read(fd, reader->piece, PIECE_SIZE);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return fail_with_errno(call);
    *size = (size_t)count;
    return MH_OK;
}

static mh_status count_plain(struct reader *reader, mh_call *call, int fd, struct text *text)
{
    for (;;) {
        size_t size = 0;
        mh_status status = read_piece(reader, call, fd, &size);
        if (status != MH_OK || size == 0)
            return status;
        text_add(text, reader->piece, size);
    }
}

// Inflates one piece of the file. A gzip file may have several members, one after the other:
// where one has ended and there is more, the next begins.
static mh_status inflate_piece(struct reader *reader, mh_call *call, struct text *text,
                               bool *ended)
{
    z_stream *inflater = &reader->inflater;
    do {
        if (*ended)
            inflateReset(inflater);
        inflater->next_out = (Bytef *)reader->inflated;
        inflater->avail_out = PIECE_SIZE;
        int code = inflate(inflater, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
            return mh_fail(call, code, "corrupt: %s",
                           inflater->msg ? inflater->msg : zError(code));
        *ended = code == Z_STREAM_END;
        text_add(text, reader->inflated, PIECE_SIZE - inflater->avail_out);
    } while (inflater->avail_in > 0 || (inflater->avail_out == 0 && !*ended));
    return MH_OK;
}

static mh_status count_gzip(struct reader *reader, mh_call *call, int fd, struct text *text)
{
    bool ended = false; // after the end of a member
    inflateReset(&reader->inflater);
    for (;;) {
        size_t size = 0;
        mh_status status = read_piece(reader, call, fd, &size);
        if (status != MH_OK)
            return status;
        if (size == 0)
            return ended ? MH_OK : mh_fail(call, Z_DATA_ERROR, "truncated: it ends too early");
        reader->inflater.next_in = (Bytef *)reader->piece;
        reader->inflater.avail_in = (uInt)size;
        status = inflate_piece(reader, call, text, &ended);
        if (status != MH_OK)
            return status;
    }
}

static bool ends_with(const char *text, const char *ending)
{
    size_t text_length = strlen(text), length = strlen(ending);
    return text_length >= length && strcmp(text + text_length - length, ending) == 0;
}

static mh_status count_file(struct reader *reader, mh_call *call, const char *path,
                            struct text *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return fail_with_errno(call);
    mh_status status = ends_with(path, ".gz") ? count_gzip(reader, call, fd, text)
                                              : count_plain(reader, call, fd, text);
    close(fd);
    text_end(text);
    if (status == MH_OK && text->no_memory)
        return mh_fail(call, ENOMEM, "no memory for its words");
    return status;
}

static void crash_on_purpose(const struct reader *reader, const char *path)
{
    if (*reader->crash_name != '\0' && ends_with(path, reader->crash_name))
        raise(SIGSEGV);
}

static mh_status run(mh_call *call, mh_bytes item)
{
    struct reader *reader = mh_state(call);
    const char *path = item.data;
    crash_on_purpose(reader, path);
    struct text text;
    text_init(&text, &reader->words);
    mh_status status = count_file(reader, call, path, &text);
    if (status == MH_OK) {
        struct answer answer = {.counts = text.counts, .mark = reader->mark};
        status = mh_return(call, &answer, sizeof answer);
    }
    if (status == MH_OK)
        words_keep(&reader->words);
    else
        words_drop(&reader->words); // of a broken file, nothing counts
    return status;
}

// Hands back the words. Where there is no memory for that, the worker's files are read again.
static void tear_down(mh_call *call, void *state)
{
    struct reader *reader = state;
    size_t size = words_bytes(&reader->words);
    void *data;
    if (mh_reserve(call, sizeof reader->mark + size, &data) == MH_OK) {
        uint64_t *mark = data;
        *mark = reader->mark;
        memcpy(mark + 1, reader->words.memory, size);
    }
    free_reader(reader);
}

const mh_routine reader_routine = {
    .name = "wordcount", .setup = set_up, .run = run, .teardown = tear_down};
