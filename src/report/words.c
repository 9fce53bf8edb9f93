// Words: counts in groups of three digits, rates in the unit that suits, times by the clock.
//
// Fractions are printed as two whole numbers, because printf would ask the locale what goes between
// them.

#include "words.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)
#define TENTH_NS UINT64_C(100000000)

static void say_tenths(char words[MHI_WORDS], uint64_t tenths, const char *unit)
{
    snprintf(words, MHI_WORDS, "%" PRIu64 ".%" PRIu64 "%s", tenths / 10, tenths % 10, unit);
}

void mhi_words_count(char words[MHI_WORDS], uint64_t number)
{
    char digits[24];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count-- > 0) {
        *words++ = digits[count];
        if (count > 0 && count % 3 == 0)
            *words++ = ' ';
    }
    *words = '\0';
}

void mhi_words_rate(char words[MHI_WORDS], double rate)
{
    static const char *const units[] = {"/h", "/min", "/s", "k/s", "M/s", "G/s"};
    static const double larger[] = {60, 60, 1000, 1000, 1000};
    const double most = 1e15;
    int unit = 2;
    while (unit < 5 && rate >= larger[unit] - 0.5)
        rate /= larger[unit++];
    while (unit > 0 && rate < 0.95 && rate > 0)
        rate *= larger[--unit];
    if (rate > 0 && rate < 9.95)
        say_tenths(words, (uint64_t)(rate * 10 + 0.5), units[unit]);
    else
        snprintf(words, MHI_WORDS, "%" PRIu64 "%s",
                 (uint64_t)((rate < most ? rate : most) + 0.5), units[unit]);
}

static void say_clock(char words[MHI_WORDS], uint64_t seconds)
{
    uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours > 0)
        snprintf(words, MHI_WORDS, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, hours, minutes,
                 seconds % 60);
    else
        snprintf(words, MHI_WORDS, "%" PRIu64 ":%02" PRIu64, minutes, seconds % 60);
}

const char *mhi_words_complaint(const mhi_numbers *numbers)
{
    switch (numbers->ending) {
    case MHI_LEFT_OPEN:
        return "left open";
    case MHI_FAILED:
        return "failed";
    case MHI_CRASHED:
        return "crashed";
    case MHI_CANCELLED:
        return "cancelled";
    default:
        return mhi_numbers_are_short(numbers) ? "stopped" : "";
    }
}

static void say_ended(char words[MHI_WORDS], const mhi_numbers *numbers)
{
    char clock[MHI_WORDS];
    if (numbers->elapsed_ns < 10 * SECOND_NS - TENTH_NS / 2)
        say_tenths(clock, (numbers->elapsed_ns + TENTH_NS / 2) / TENTH_NS, " s");
    else
        say_clock(clock, numbers->elapsed_ns / SECOND_NS);
    const char *complaint = mhi_words_complaint(numbers);
    snprintf(words, MHI_WORDS, "%s%s %.20s", complaint, complaint[0] != '\0' ? " after" : "in",
             clock);
}

static void say_running(char words[MHI_WORDS], const mhi_numbers *numbers)
{
    char clock[MHI_WORDS];
    bool is_left = numbers->sized && numbers->left_ns != MHI_LEFT_UNKNOWN;
    if (is_left) // rounded up: it ends with the last second, not before
        say_clock(clock, numbers->left_ns / SECOND_NS + (numbers->left_ns % SECOND_NS > 0));
    else
        say_clock(clock, numbers->elapsed_ns / SECOND_NS);
    snprintf(words, MHI_WORDS, "%.20s %s", clock, is_left ? "left" : "so far");
}

void mhi_words_time(char words[MHI_WORDS], const mhi_numbers *numbers)
{
    if (numbers->ending == MHI_RUNS)
        say_running(words, numbers);
    else
        say_ended(words, numbers);
}
