// Plain: sentences and objects, put together piece by piece.
//
// JSON knows no comma in a number, whatever the locale says; so fractions are printed as two whole
// numbers.

#include "plain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "columns.h"
#include "words.h"

#define SECOND_NS UINT64_C(1000000000)
#define MS_NS UINT64_C(1000000)

enum {
    TITLE_MOST = 512,             // bytes of a title that are told
    QUOTED = 6 * TITLE_MOST + 16, // the most they become
    NUMBER = 48,
};

size_t mhi_plain_line(char line[MHI_PLAIN], const mhi_numbers *numbers, uint64_t wall_ns)
{
    char title[TITLE_MOST], of[NUMBER] = "", skipped[NUMBER] = "", bad[NUMBER] = "";
    char rate[MHI_WORDS], how_long[MHI_WORDS];
    time_t seconds = (time_t)(wall_ns / SECOND_NS);
    struct tm local = {0};
    localtime_r(&seconds, &local);
    mhi_columns_copy(title, TITLE_MOST, numbers->title, TITLE_MOST, true);
    if (numbers->sized)
        snprintf(of, sizeof of, " of %" PRIu64 " (%d%%)", numbers->total,
                 mhi_numbers_percent(numbers));
    if (numbers->skipped > 0)
        snprintf(skipped, sizeof skipped, ", %" PRIu64 " skipped", numbers->skipped);
    if (numbers->bad > 0)
        snprintf(bad, sizeof bad, ", %" PRIu64 " bad", numbers->bad);
    mhi_words_rate(rate, numbers->rate);
    mhi_words_time(how_long, numbers);
    return (size_t)snprintf(line, MHI_PLAIN, "%02d:%02d:%02d %s%s%" PRIu64 "%s%s%s, %s, %s\n",
                            local.tm_hour, local.tm_min, local.tm_sec, title,
                            title[0] != '\0' ? ": " : "", numbers->done, of, skipped, bad, rate,
                            how_long);
}

// ---- JSON -----------------------------------------------------------------------------------

// The character at `from` as a string in JSON holds it. Returns the end of what was written.
static char *quote_character(char *end, uint32_t character, const char *from, size_t size)
{
    if (character == MHI_NO_CHARACTER)
        return stpcpy(end, "\xEF\xBF\xBD");
    if (character < 0x20 || character == 0x7F)
        return end + sprintf(end, "\\u%04x", (unsigned)character);
    if (character == '"' || character == '\\')
        *end++ = '\\';
    memcpy(end, from, size);
    return end + size;
}

static void quote(char quoted[QUOTED], const char *text)
{
    const char *start = text;
    char *end = quoted;
    while (*text != '\0' && text - start < TITLE_MOST) {
        const char *from = text;
        uint32_t character = mhi_columns_take(&text);
        end = quote_character(end, character, from, (size_t)(text - from));
    }
    *end = '\0';
}

static void say_moment(char moment[NUMBER], uint64_t wall_ns)
{
    time_t seconds = (time_t)(wall_ns / SECOND_NS);
    struct tm universal = {0};
    gmtime_r(&seconds, &universal);
    size_t size = strftime(moment, NUMBER, "%Y-%m-%dT%H:%M:%S", &universal);
    snprintf(moment + size, NUMBER - size, ".%03dZ", (int)(wall_ns % SECOND_NS / MS_NS));
}

static void say_seconds(char seconds[NUMBER], uint64_t ns)
{
    snprintf(seconds, NUMBER, "%" PRIu64 ".%03d", ns / SECOND_NS,
             (int)(ns % SECOND_NS / MS_NS));
}

// With six decimals: a rate of a few items a day is not 0.
static void say_rate(char text[NUMBER], double rate)
{
    const double million = 1e6, most = 1e12; // beyond, decimals mean nothing
    uint64_t millionths = (uint64_t)((rate < most ? rate : most) * million + 0.5);
    snprintf(text, NUMBER, "%" PRIu64 ".%06" PRIu64, millionths / 1000000,
             millionths % 1000000);
}

static const char *state_of(const mhi_numbers *numbers)
{
    if (numbers->ending == MHI_RUNS)
        return "running";
    return numbers->ending == MHI_CLOSED ? "closed" : mhi_words_complaint(numbers);
}

size_t mhi_plain_json(char line[MHI_PLAIN], const mhi_numbers *numbers, uint64_t wall_ns)
{
    char moment[NUMBER], title[QUOTED], elapsed[NUMBER], rate[NUMBER];
    char total[NUMBER] = "null", left[NUMBER] = "null";
    say_moment(moment, wall_ns);
    quote(title, numbers->title);
    say_seconds(elapsed, numbers->elapsed_ns);
    say_rate(rate, numbers->rate);
    if (numbers->sized)
        snprintf(total, sizeof total, "%" PRIu64, numbers->total);
    if (numbers->left_ns != MHI_LEFT_UNKNOWN)
        say_seconds(left, numbers->left_ns);
    return (size_t)snprintf(line, MHI_PLAIN,
                            "{\"time\":\"%s\",\"title\":\"%s\",\"done\":%" PRIu64
                            ",\"total\":%s,\"skipped\":%" PRIu64 ",\"bad\":%" PRIu64
                            ",\"elapsed\":%s,\"rate\":%s,\"left\":%s,\"state\":\"%s\"}\n",
                            moment, title, numbers->done, total, numbers->skipped, numbers->bad,
                            elapsed, rate, left, state_of(numbers));
}
