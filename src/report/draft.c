// Draft: a buffer in front of a file, and the first error of it.

#include "draft.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"

enum { ROOM = 32 << 10, PIECE = 512 };

struct mhi_draft {
    mhi_page page;
    int error; // the first one; nothing is written afterwards
    size_t used;
    char bytes[ROOM];
};

static mh_status refuse(int error, const char *what, const char *path)
{
    return mhi_refuse(MH_SYSTEM, "%s %.200s: %s", what, path, mhi_error_text(error));
}

mh_status mhi_draft_open(mhi_draft **draft, const char *path)
{
    mhi_draft *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory to write %s", path);
    int error = mhi_should_fail() ? EIO : mhi_page_begin(&made->page, path);
    if (error != 0) {
        mhi_free(made);
        return refuse(error, "opening", path);
    }
    *draft = made;
    return MH_OK;
}

static void flush(mhi_draft *draft)
{
    if (draft->error == 0 && draft->used > 0)
        draft->error = mhi_should_fail()
                           ? EIO
                           : mhi_page_write(&draft->page, draft->bytes, draft->used);
    draft->used = 0;
}

void mhi_draft_add(mhi_draft *draft, const void *bytes, size_t size)
{
    const char *from = bytes;
    while (size > 0 && draft->error == 0) {
        size_t room = ROOM - draft->used, part = size < room ? size : room;
        memcpy(draft->bytes + draft->used, from, part);
        draft->used += part;
        from += part;
        size -= part;
        if (draft->used == ROOM)
            flush(draft);
    }
}

void mhi_draft_text(mhi_draft *draft, const char *text)
{
    mhi_draft_add(draft, text, strlen(text));
}

void mhi_draft_format(mhi_draft *draft, const char *format, ...)
{
    char piece[PIECE];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (size > 0)
        mhi_draft_add(draft, piece, (size_t)size < PIECE ? (size_t)size : PIECE - 1);
}

// ---- strings ------------------------------------------------------------------------------------

// How many bytes the character has that begins here; 0: it is none. Neither too long forms nor
// surrogates are characters.
static size_t character(const unsigned char *at)
{
    size_t size = at[0] < 0x80       ? 1
                  : at[0] >> 5 == 6  ? 2
                  : at[0] >> 4 == 14 ? 3
                  : at[0] >> 3 == 30 ? 4
                                     : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = size > 1 ? at[0] & (0xffU >> (size + 1)) : at[0];
    for (size_t i = 1; i < size; i++) {
        if (at[i] >> 6 != 2)
            return 0;
        code = code << 6 | (at[i] & 0x3f);
    }
    bool is_good = code >= least[size] && code <= 0x10ffff && code >> 11 != 0x1b;
    return is_good ? size : 0;
}

void mhi_draft_string(mhi_draft *draft, const char *text)
{
    mhi_draft_text(draft, "\"");
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0';) {
        size_t size = character(at);
        if (size == 0)
            mhi_draft_text(draft, "\\ufffd");
        else if (*at < 0x20 || *at == 0x7f || *at == '<' || *at == '"' || *at == '\\')
            mhi_draft_format(draft, "\\u%04x", *at);
        else
            mhi_draft_add(draft, at, size);
        at += size > 0 ? size : 1;
    }
    mhi_draft_text(draft, "\"");
}

// ---- the end ------------------------------------------------------------------------------------

mh_status mhi_draft_close(mhi_draft *draft)
{
    flush(draft);
    int error = mhi_page_end(&draft->page, draft->error == 0);
    if (draft->error != 0)
        error = draft->error;
    mh_status status = error == 0 ? MH_OK : refuse(error, "writing", draft->page.path);
    mhi_free(draft);
    return status;
}
