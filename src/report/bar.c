// Bar: makes the parts of a line, leaves out what does not fit, joins the rest.
//
// Numbers that grow are kept in columns of fixed width, and the gauge gets what is then left,
// so that nothing moves about from one frame to the next.

#include "bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "progress.h"

enum { TITLE, PERCENT, GAUGE, COUNT, BAD, RATE, TIME, PARTS }; // from left to right
enum {
    WORDS = 320, // bytes of one part
    TITLE_LEAST = 8,
    TITLE_MOST = 60,
    GAUGE_LEAST = 6,
    GAUGE_MOST = 40,
    RATE_COLUMNS = 6,
    TIME_COLUMNS = 12,
};

typedef struct part {
    int columns; // 0: left out
    char text[WORDS];
} part;

// ---- words ----------------------------------------------------------------------------------

static bool is_stopped(const mh_progress_facts *facts)
{
    return facts->ended && facts->sized && facts->done < facts->total;
}

static double fraction_of(const mh_progress_facts *facts)
{
    return facts->done < facts->total ? (double)facts->done / (double)facts->total : 1;
}

// 100 means all, so it is not said a little early.
static int percent_of(const mh_progress_facts *facts)
{
    int percent = (int)(fraction_of(facts) * 100);
    return percent == 100 && facts->done < facts->total ? 99 : percent;
}

static void group_digits(char *text, uint64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0)
            *text++ = ' ';
        *text++ = digits[i];
    }
    *text = '\0';
}

static void say_rate(char text[WORDS], double rate)
{
    static const char *const units[] = {"/h", "/min", "/s", "k/s", "M/s", "G/s"};
    static const double larger[] = {60, 60, 1000, 1000, 1000};
    int unit = 2;
    while (unit < 5 && rate >= larger[unit] - 0.5)
        rate /= larger[unit++];
    while (unit > 0 && rate < 0.95 && rate > 0)
        rate *= larger[--unit];
    snprintf(text, WORDS, rate > 0 && rate < 9.95 ? "%.1f%s" : "%.0f%s", rate, units[unit]);
}

static void say_duration(char text[WORDS], uint64_t seconds)
{
    uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours > 0)
        snprintf(text, WORDS, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, hours, minutes,
                 seconds % 60);
    else
        snprintf(text, WORDS, "%" PRIu64 ":%02" PRIu64, minutes, seconds % 60);
}

static void say_time(char text[WORDS], const mhi_bar_numbers *numbers)
{
    const mh_progress_facts *facts = &numbers->facts;
    bool is_left = !facts->ended && facts->sized && numbers->left_ns != MHI_LEFT_UNKNOWN;
    char duration[WORDS];
    if (facts->ended && facts->elapsed_ns < 9950000000)
        snprintf(duration, WORDS, "%.1f s", (double)facts->elapsed_ns / 1e9);
    else if (is_left) // rounded up: it ends with the last second, not before
        say_duration(duration,
                     numbers->left_ns / 1000000000 + (numbers->left_ns % 1000000000 > 0));
    else
        say_duration(duration, facts->elapsed_ns / 1000000000);
    const char *before = is_stopped(facts) ? "stopped after " : facts->ended ? "in " : "";
    const char *after = facts->ended ? "" : is_left ? " left" : " so far";
    snprintf(text, WORDS, "%s%.40s%s", before, duration, after);
}

// ---- a line for a terminal ------------------------------------------------------------------

// Fills a part with ASCII, to the right of at least `columns`.
static void put(part *part, int columns, const char *text)
{
    part->columns = snprintf(part->text, WORDS, "%*s", columns, text);
}

static void put_title(part *part, const char *title, int columns, bool utf8)
{
    part->columns = mhi_columns_copy(part->text, WORDS, title, columns, utf8);
}

static void put_count(part *part, const mh_progress_facts *facts)
{
    char done[32], total[32], both[70];
    group_digits(done, facts->done);
    group_digits(total, facts->total);
    snprintf(both, sizeof both, "%*s/%s", (int)strlen(total), done, total);
    put(part, 0, facts->sized ? both : done);
}

static void put_gauge(part *part, const mh_progress_facts *facts, bool utf8)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled = (int)(fraction_of(facts) * part->columns * 8);
    char *end = part->text;
    for (int i = 0; i < filled / 8; i++)
        end = stpcpy(end, utf8 ? "█" : "#");
    bool is_partial = utf8 && filled % 8 > 0;
    end = stpcpy(end, is_partial ? eighths[filled % 8] : "");
    snprintf(end, GAUGE_MOST + 1, "%*s", part->columns - filled / 8 - is_partial, "");
}

static void put_all(part parts[PARTS], const mhi_bar_numbers *numbers)
{
    const mh_progress_facts *facts = &numbers->facts;
    char text[WORDS];
    if (facts->sized) {
        snprintf(text, WORDS, "%d%%", percent_of(facts));
        put(&parts[PERCENT], 4, text);
        parts[GAUGE].columns = GAUGE_LEAST;
    }
    put_count(&parts[COUNT], facts);
    snprintf(text, WORDS, "%" PRIu64 " bad", facts->bad);
    put(&parts[BAD], 0, facts->bad > 0 ? text : "");
    say_rate(text, numbers->rate);
    put(&parts[RATE], RATE_COLUMNS, text);
    say_time(text, numbers);
    put(&parts[TIME], 0, text);
}

static int gap_before(int index)
{
    return index == PERCENT || index == GAUGE ? 1 : 2;
}

static int columns_of(const part parts[PARTS])
{
    int columns = 0;
    for (int i = 0; i < PARTS; i++)
        if (parts[i].columns > 0)
            columns += parts[i].columns + (columns > 0 ? gap_before(i) : 0);
    return columns;
}

// Leaves out parts, the least missed first, until the line fits. What is kept longest says how
// far it is.
static void fit(part parts[PARTS], const mh_progress_facts *facts, int limit, bool utf8)
{
    static const int least_missed[] = {RATE, GAUGE, COUNT, TIME, BAD};
    int kept = facts->sized ? PERCENT : COUNT;
    for (int i = 0; i < 5 && columns_of(parts) > limit; i++)
        if (least_missed[i] != kept)
            parts[least_missed[i]].columns = 0;
    int over = columns_of(parts) - limit;
    if (over >= parts[TITLE].columns)
        parts[TITLE].columns = 0;
    else if (over > 0)
        put_title(&parts[TITLE], facts->title, parts[TITLE].columns - over, utf8);
    if (columns_of(parts) > limit)
        parts[kept].columns = 0;
}

// Gives the gauge what is free; the time keeps room to grow.
static void widen_gauge(part parts[PARTS], int limit)
{
    part *gauge = &parts[GAUGE], *time = &parts[TIME];
    int kept = time->columns > 0 && time->columns < TIME_COLUMNS ? TIME_COLUMNS - time->columns
                                                                 : 0;
    int wanted = gauge->columns + limit - columns_of(parts) - kept;
    if (gauge->columns > 0 && wanted > gauge->columns)
        gauge->columns = wanted < GAUGE_MOST ? wanted : GAUGE_MOST;
}

static const char *colour_of(int index, const mh_progress_facts *facts)
{
    if (index == GAUGE)
        return "\033[32m"; // green
    if (index == BAD)
        return "\033[31m";                                       // red
    return index == TIME && is_stopped(facts) ? "\033[33m" : ""; // yellow
}

static size_t join(char line[MHI_BAR_LINE], const part parts[PARTS],
                   const mh_progress_facts *facts, bool colour)
{
    int size = 0;
    line[0] = '\0';
    for (int i = 0; i < PARTS; i++) {
        if (parts[i].columns == 0)
            continue;
        const char *on = colour ? colour_of(i, facts) : "";
        size += snprintf(line + size, MHI_BAR_LINE - (size_t)size, "%*s%s%s%s",
                         size > 0 ? gap_before(i) : 0, "", on, parts[i].text,
                         on[0] != '\0' ? "\033[0m" : "");
    }
    return (size_t)size;
}

size_t mhi_bar_draw(char line[MHI_BAR_LINE], const mhi_bar_numbers *numbers, int width,
                    bool utf8, bool colour)
{
    const mh_progress_facts *facts = &numbers->facts;
    int limit = width - 1;
    int title_most = limit / 2 < TITLE_LEAST ? TITLE_LEAST : limit / 2;
    part parts[PARTS] = {0};
    put_title(&parts[TITLE], facts->title, title_most < TITLE_MOST ? title_most : TITLE_MOST,
              utf8);
    put_all(parts, numbers);
    fit(parts, facts, limit, utf8);
    widen_gauge(parts, limit);
    put_gauge(&parts[GAUGE], facts, utf8);
    return join(line, parts, facts, colour);
}

// ---- a line for a file ----------------------------------------------------------------------

size_t mhi_bar_say(char line[MHI_BAR_LINE], const mhi_bar_numbers *numbers, int second_of_day)
{
    const mh_progress_facts *facts = &numbers->facts;
    char title[WORDS], of[64] = "", bad[32] = "", rate[WORDS], time[WORDS];
    mhi_columns_copy(title, WORDS, facts->title, WORDS, true);
    if (facts->sized)
        snprintf(of, sizeof of, " of %" PRIu64 " (%d%%)", facts->total, percent_of(facts));
    if (facts->bad > 0)
        snprintf(bad, sizeof bad, ", %" PRIu64 " bad", facts->bad);
    say_rate(rate, numbers->rate);
    say_time(time, numbers);
    int size = snprintf(line, MHI_BAR_LINE,
                        "%02d:%02d:%02d %s%s%" PRIu64 "%s%s, %.40s, %.80s\n",
                        second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60,
                        title, title[0] != '\0' ? ": " : "", facts->done, of, bad, rate, time);
    return (size_t)size;
}
