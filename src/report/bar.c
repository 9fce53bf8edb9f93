// Bar: makes the parts of a row, leaves out what does not fit, joins the rest.
//
// Numbers that grow are kept in columns of fixed width, and the gauge gets what is then left,
// so that nothing moves about from one frame to the next.

#include "bar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "words.h"

enum { TITLE, PERCENT, GAUGE, COUNT, SKIPPED, BAD, RATE, TIME, PARTS }; // from left to right
enum {
    PART = 320, // bytes of one part
    TITLE_LEAST = 8,
    TITLE_MOST = 60,
    GAUGE_LEAST = 6,
    GAUGE_MOST = 40,
    RATE_COLUMNS = 6,
    TIME_COLUMNS = 12,
};

typedef struct part {
    int columns; // 0: left out
    char text[PART];
} part;

// ---- parts ----------------------------------------------------------------------------------

// Returns the end. This room draws all day; asking printf for each blank would cost most of it.
static char *put_blanks(char *end, int count)
{
    for (; count > 0; count--)
        *end++ = ' ';
    *end = '\0';
    return end;
}

// Fills a part with ASCII, to the right of at least `columns`.
static void put(part *part, int columns, const char *text)
{
    int used = (int)strlen(text);
    strcpy(put_blanks(part->text, columns - used), text);
    part->columns = used > columns ? used : columns;
}

static void put_title(part *part, const char *title, int columns, bool utf8)
{
    part->columns = mhi_columns_copy(part->text, PART, title, columns, utf8);
}

static void put_count(part *part, const mhi_numbers *numbers)
{
    char done[MHI_WORDS], total[MHI_WORDS];
    mhi_words_count(done, numbers->done);
    mhi_words_count(total, numbers->total);
    put(part, numbers->sized ? (int)strlen(total) : 0, done);
    if (!numbers->sized)
        return;
    stpcpy(stpcpy(part->text + part->columns, "/"), total);
    part->columns += 1 + (int)strlen(total);
}

static void put_some(part *part, uint64_t number, const char *what)
{
    char text[MHI_WORDS] = "";
    if (number > 0)
        snprintf(text, sizeof text, "%" PRIu64 " %s", number, what);
    put(part, 0, text);
}

static void put_gauge(part *part, const mhi_numbers *numbers, bool utf8)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int filled = (int)(mhi_numbers_fraction(numbers) * part->columns * 8);
    char *end = part->text;
    for (int i = 0; i < filled / 8; i++)
        end = stpcpy(end, utf8 ? "█" : "#");
    bool is_partial = utf8 && filled % 8 > 0;
    end = stpcpy(end, is_partial ? eighths[filled % 8] : "");
    put_blanks(end, part->columns - filled / 8 - is_partial);
}

static void put_all(part parts[PARTS], const mhi_numbers *numbers)
{
    char text[MHI_WORDS];
    if (numbers->sized) {
        snprintf(text, sizeof text, "%d%%", mhi_numbers_percent(numbers));
        put(&parts[PERCENT], 4, text);
        parts[GAUGE].columns = GAUGE_LEAST;
    }
    put_count(&parts[COUNT], numbers);
    put_some(&parts[SKIPPED], numbers->skipped, "skipped");
    put_some(&parts[BAD], numbers->bad, "bad");
    mhi_words_rate(text, numbers->rate);
    put(&parts[RATE], RATE_COLUMNS, text);
    mhi_words_time(text, numbers);
    put(&parts[TIME], 0, text);
}

// ---- what fits ------------------------------------------------------------------------------

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

// Which part is kept longest: what went wrong, else how far it is.
static int kept_of(const mhi_numbers *numbers)
{
    if (mhi_words_complaint(numbers)[0] != '\0')
        return TIME;
    return numbers->sized ? PERCENT : COUNT;
}

// Leaves out parts, the least missed first, until the row fits.
static void leave_out(part parts[PARTS], const mhi_numbers *numbers, int limit)
{
    static const int least_missed[] = {SKIPPED, RATE, GAUGE, COUNT, TIME, BAD, PERCENT};
    int kept = kept_of(numbers);
    for (int i = 0; i < PARTS - 1 && columns_of(parts) > limit; i++) {
        if (least_missed[i] == PERCENT && kept == TIME) // without its time it is shorter
            put(&parts[TIME], 0, mhi_words_complaint(numbers));
        if (least_missed[i] != kept && columns_of(parts) > limit)
            parts[least_missed[i]].columns = 0;
    }
}

static void fit(part parts[PARTS], const mhi_numbers *numbers, int limit, bool utf8)
{
    leave_out(parts, numbers, limit);
    int over = columns_of(parts) - limit;
    if (over >= parts[TITLE].columns)
        parts[TITLE].columns = 0;
    else if (over > 0)
        put_title(&parts[TITLE], numbers->title, parts[TITLE].columns - over, utf8);
    if (columns_of(parts) > limit)
        parts[kept_of(numbers)].columns = 0;
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

// ---- the row --------------------------------------------------------------------------------

static const char *colour_of(int index, const mhi_numbers *numbers)
{
    static const char *const green = "\033[32m", *const red = "\033[31m",
                             *const yellow = "\033[33m";
    bool is_broken = numbers->ending == MHI_FAILED || numbers->ending == MHI_CRASHED;
    if (index == GAUGE)
        return green;
    if (index == BAD || (index == TIME && is_broken))
        return red;
    return index == TIME && mhi_words_complaint(numbers)[0] != '\0' ? yellow : "";
}

// There is room: the title takes PART at most, a gauge 3 bytes a column, the rest is MHI_WORDS each.
static void join(char line[MHI_BAR_LINE], const part parts[PARTS], const mhi_numbers *numbers,
                 bool colour)
{
    char *end = line;
    line[0] = '\0';
    for (int i = 0; i < PARTS; i++) {
        if (parts[i].columns == 0)
            continue;
        const char *on = colour ? colour_of(i, numbers) : "";
        end = put_blanks(end, end > line ? gap_before(i) : 0);
        end = stpcpy(stpcpy(end, on), parts[i].text);
        end = stpcpy(end, on[0] != '\0' ? "\033[0m" : "");
    }
}

int mhi_bar_draw(char line[MHI_BAR_LINE], const mhi_numbers *numbers, int width, bool utf8,
                 bool colour)
{
    int limit = width - 1;
    int title_most = limit / 2 < TITLE_LEAST ? TITLE_LEAST : limit / 2;
    part parts[PARTS];
    for (int i = 0; i < PARTS; i++)
        parts[i].columns = 0;
    put_title(&parts[TITLE], numbers->title, title_most < TITLE_MOST ? title_most : TITLE_MOST,
              utf8);
    put_all(parts, numbers);
    fit(parts, numbers, limit, utf8);
    widen_gauge(parts, limit);
    put_gauge(&parts[GAUGE], numbers, utf8);
    join(line, parts, numbers, colour);
    return columns_of(parts);
}
