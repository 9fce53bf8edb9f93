// Columns: reads UTF-8, and looks characters up in three short tables.
//
// wcwidth() would depend on the locale the program has set, and most programs set none. The
// tables are coarse: rare marks and narrow symbols may be counted too wide, which only leaves a
// column unused.

#include "columns.h"

#include <stdint.h>
#include <string.h>

typedef struct range {
    uint32_t first;
    uint32_t last;
} range;

enum { PICTURE = 0xFE0F }; // the character before it is to be shown as a picture

// Would move the cursor, end the line or turn it round.
static const range unfit[] = {
    {0x0000, 0x001F},
    {0x007F, 0x009F},
    {0x200E, 0x200F},
    {0x2028, 0x202E},
    {0x2066, 0x2069},
    {0xFFF9, 0xFFFB},
    {MHI_NO_CHARACTER, MHI_NO_CHARACTER},
};

// Stands on the character before it.
static const range marks[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
    {0x1160, 0x11FF}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D},
    {0x20D0, 0x20FF}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

// Takes two columns: the scripts of East Asia, and pictures.
static const range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x23F3},   {0x25FD, 0x27BF},   {0x2B1B, 0x2B55},
    {0x2E80, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE10, 0xFE19},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x16FE0, 0x1B2FF}, {0x1F000, 0x1FAFF}, {0x20000, 0x3FFFD},
};

#define IS_IN(table, character) is_in(table, sizeof(table) / sizeof *(table), character)

static bool is_in(const range *table, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++)
        if (character >= table[i].first && character <= table[i].last)
            return true;
    return false;
}

static int length_from(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return 2;
    if (first >= 0xE0 && first < 0xF0)
        return 3;
    return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

uint32_t mhi_columns_take(const char **text)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*text;
    int length = length_from(bytes[0]);
    uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0x7Fu >> length);
    for (int i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            length = 0;
        character = character << 6 | (bytes[i] & 0x3F);
    }
    *text += length > 0 ? length : 1;
    bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (length == 0 || character < least[length] || character > 0x10FFFF || is_surrogate)
        return MHI_NO_CHARACTER;
    return character;
}

// Some terminals widen a narrow character that is made a picture, others do not.
static int columns_of(uint32_t character, int before)
{
    if (character < 0x80)
        return 1;
    if (character == PICTURE)
        return before == 1;
    return IS_IN(marks, character) ? 0 : IS_IN(wide, character) ? 2 : 1;
}

int mhi_columns_copy(char *copy, size_t room, const char *text, int columns, bool utf8)
{
    const char *mark = utf8 ? "…" : "~";
    size_t size = 0, cut = 0; // `cut`: up to where the mark still fits behind
    int used = 0, cut_used = 0, more = 0;
    while (*text != '\0') {
        const char *from = text;
        uint32_t character = mhi_columns_take(&text);
        bool fit = !IS_IN(unfit, character) && (utf8 || character < 0x80);
        size_t bytes = fit ? (size_t)(text - from) : 1;
        more = fit ? columns_of(character, more) : 1;
        if (used + more > columns || size + bytes + 4 > room) {
            strcpy(copy + cut, columns > 0 ? mark : "");
            return cut_used + (columns > 0);
        }
        memcpy(copy + size, fit ? from : "?", bytes);
        size += bytes;
        used += more;
        if (used < columns) {
            cut = size;
            cut_used = used;
        }
    }
    copy[size] = '\0';
    return used;
}
