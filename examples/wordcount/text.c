// Text: see text.h. All the time of the program is spent here, in two short loops: through what
// lies between two runs of letters, and through a run of letters.

#include "text.h"

enum { OTHER = 0, SPACE = 1, NEWLINE = 3 }; // else: a letter, as its own lower case

// What each byte is. Bytes of UTF-8 beyond ASCII are OTHER: part of a word for wc, but no
// letter.
static const char kinds[256] = {
    ['\t'] = SPACE, ['\n'] = NEWLINE, ['\v'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE,
    [' '] = SPACE,  ['A'] = 'a',      ['B'] = 'b',    ['C'] = 'c',    ['D'] = 'd',
    ['E'] = 'e',    ['F'] = 'f',      ['G'] = 'g',    ['H'] = 'h',    ['I'] = 'i',
    ['J'] = 'j',    ['K'] = 'k',      ['L'] = 'l',    ['M'] = 'm',    ['N'] = 'n',
    ['O'] = 'o',    ['P'] = 'p',      ['Q'] = 'q',    ['R'] = 'r',    ['S'] = 's',
    ['T'] = 't',    ['U'] = 'u',      ['V'] = 'v',    ['W'] = 'w',    ['X'] = 'x',
    ['Y'] = 'y',    ['Z'] = 'z',      ['a'] = 'a',    ['b'] = 'b',    ['c'] = 'c',
    ['d'] = 'd',    ['e'] = 'e',      ['f'] = 'f',    ['g'] = 'g',    ['h'] = 'h',
    ['i'] = 'i',    ['j'] = 'j',      ['k'] = 'k',    ['l'] = 'l',    ['m'] = 'm',
    ['n'] = 'n',    ['o'] = 'o',      ['p'] = 'p',    ['q'] = 'q',    ['r'] = 'r',
    ['s'] = 's',    ['t'] = 't',      ['u'] = 'u',    ['v'] = 'v',    ['w'] = 'w',
    ['x'] = 'x',    ['y'] = 'y',      ['z'] = 'z',
};

static char kind_of(char byte)
{
    return kinds[(unsigned char)byte];
}

static bool is_letter(char kind)
{
    return kind > NEWLINE;
}

void text_init(struct text *text, struct words *table)
{
    *text = (struct text){.table = table, .run_hash = WORDS_HASH_START};
}

static void end_run(struct text *text)
{
    if (text->run_length >= WORD_MIN && text->run_length <= WORD_MAX &&
        !words_note(text->table, text->run, text->run_length, text->run_hash))
        text->no_memory = true;
    text->run_length = 0;
    text->run_hash = WORDS_HASH_START;
}

// Goes on to the next letter, and returns where it is.
static const char *skip_others(struct text *text, const char *at, const char *end)
{
    uint64_t lines = 0, words = 0;
    bool inside = text->inside;
    for (; at < end && !is_letter(kind_of(*at)); at++) {
        char kind = kind_of(*at);
        bool visible = kind == OTHER;
        lines += kind == NEWLINE;
        words += visible && !inside;
        inside = visible;
    }
    text->counts.lines += lines;
    text->counts.words += words;
    text->inside = inside;
    return at;
}

// Goes on to the end of the run of letters, and returns where it is. The run may have begun in
// the piece before.
static const char *take_letters(struct text *text, const char *at, const char *end)
{
    size_t length = text->run_length;
    uint64_t hash = text->run_hash;
    text->counts.words += !text->inside;
    text->inside = true;
    for (; at < end && is_letter(kind_of(*at)); at++) {
        char letter = kind_of(*at);
        hash = words_hash_letter(hash, letter);
        if (length < WORD_MAX)
            text->run[length] = letter;
        length++;
    }
    text->run_length = length;
    text->run_hash = hash;
    return at;
}

void text_add(struct text *text, const char *piece, size_t size)
{
    const char *end = piece + size;
    text->counts.bytes += size;
    while (piece < end) {
        if (is_letter(kind_of(*piece))) {
            piece = take_letters(text, piece, end);
        } else {
            end_run(text);
            piece = skip_others(text, piece, end);
        }
    }
}

void text_end(struct text *text)
{
    end_run(text);
}
