// Text: doubles its room, so that a frame that looks like the last one asks for nothing.

#include "text.h"

#include <string.h>

#include "../base/memory.h"

enum { FIRST_ROOM = 1024 };

static bool has_room(mhi_text *text, size_t more)
{
    size_t wanted = text->size + more, room = text->room > 0 ? text->room : FIRST_ROOM;
    if (wanted <= text->room)
        return true;
    while (room < wanted)
        room *= 2;
    char *bytes = mhi_resize(text->bytes, room);
    if (bytes == NULL)
        return false;
    text->bytes = bytes;
    text->room = room;
    return true;
}

bool mhi_text_add(mhi_text *text, const char *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (!has_room(text, size))
        return false;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    return true;
}

bool mhi_text_put(mhi_text *text, const char *string)
{
    return mhi_text_add(text, string, strlen(string));
}

void mhi_text_fini(mhi_text *text)
{
    mhi_free(text->bytes);
    *text = (mhi_text){0};
}
