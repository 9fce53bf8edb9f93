// Screen, at random: whatever happens in whatever order, all that ended and all that was said stands
// above, in order, and below it exactly the bars that run.
//
// Each run is one seed. The terminal is never so small that bars must be left out; that is
// screen_room_test's matter.

#include "fake_screen.h"

enum { STEPS = 300, BARS_AT_ONCE = 5, ENTRIES = 3 * STEPS, ENTRY = 200 };

static uint32_t seed; // of the run, and then of what comes next
static char entries[ENTRIES]
                   [ENTRY]; // what was left above, in order; bars end with a space, and go on
static int entry_count;
static int
    pending[BARS_AT_ONCE]; // numbers of bars that have ended, in order, not yet looked at
static int pending_count;
static mhi_sight *running[BARS_AT_ONCE];
static int running_count;
static char titles[FAKE_BARS][24];

static unsigned any(unsigned below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static void remember(const char *text)
{
    ck_assert_int_lt(entry_count, ENTRIES);
    snprintf(entries[entry_count++], ENTRY, "%s", text);
}

// ---- steps ----------------------------------------------------------------------------------

static void open_one(void)
{
    static const char *const kinds[] = {"bar", "画像", "e\u0301t", "🎉"};
    if (running_count + pending_count == BARS_AT_ONCE)
        return;
    char *title = titles[fake_bar_count];
    snprintf(title, sizeof titles[0], "%s-%zu", kinds[any(4)], fake_bar_count);
    running[running_count++] = fake_open(title, any(3) * 50);
}

static void add_some(void)
{
    if (running_count > 0)
        running[any((unsigned)running_count)]->done += any(40);
}

static void end_one(void)
{
    if (running_count == 0)
        return;
    unsigned which = any((unsigned)running_count);
    fake_now_ns += any(2); // or at the same moment as the one before
    fake_end(running[which], (mhi_ending)(1 + any(MHI_FORGOTTEN)));
    if (running[which]->ending != MHI_FORGOTTEN)
        pending[pending_count++] = (int)(running[which] - fake_bars);
    for (int i = (int)which; i < running_count - 1; i++)
        running[i] = running[i + 1];
    running_count--;
}

static int later(const void *one, const void *other) // by moment, then by order of opening
{
    const mhi_sight *a = &fake_bars[*(const int *)one], *b = &fake_bars[*(const int *)other];
    if (a->ended_ns != b->ended_ns)
        return a->ended_ns < b->ended_ns ? -1 : 1;
    return a < b ? -1 : 1;
}

static void look(void)
{
    qsort(pending, (size_t)pending_count, sizeof *pending, later);
    for (int i = 0; i < pending_count; i++) {
        char entry[ENTRY];
        snprintf(entry, sizeof entry, "%s ", titles[pending[i]]);
        remember(entry);
    }
    pending_count = 0;
    fake_now_ns += any(150) * MS;
    fake_look_now(any(8) == 0);
}

static void say_something(void)
{
    char text[ENTRY * 2] = "";
    unsigned lines = 1 + any(3);
    for (unsigned i = 0; i < lines; i++) {
        char line[ENTRY];
        int size = snprintf(line, sizeof line, "line %d:", entry_count);
        for (unsigned more = any(100); more > 0; more--)
            line[size++] = (char)('a' + any(26));
        line[size] = '\0';
        remember(line);
        strcat(strcat(text, line), "\n");
    }
    fake_say(any(2) ? 2 : 1, text);
}

static void resize(void)
{
    fake_resize(40 + (int)any(100), 22 + (int)any(20));
}

// ---- what is seen ---------------------------------------------------------------------------

// The next line, with what the terminal has wrapped put together again.
static const char *line_at(int *row)
{
    static char line[FAKE_COLUMNS * 16];
    fake_terminal *terminal = &fake_terminals[2];
    char *end = line;
    bool goes_on = true;
    line[0] = '\0';
    for (; goes_on && *row <= terminal->row; (*row)++) {
        const fake_row *seen = fake_row_at(terminal, *row);
        for (int column = 0; column < fake_used(seen); column++)
            end = stpcpy(end, seen->cells[column].text[0] != '\0' ? seen->cells[column].text
                              : column > 0 && seen->cells[column - 1].columns == 2 ? ""
                                                                                   : " ");
        goes_on = seen->wraps;
    }
    return line;
}

static void expect_line(int *row, const char *beginning)
{
    ck_assert_int_le(*row, fake_terminals[2].row);
    const char *line = line_at(row);
    bool goes_on = beginning[strlen(beginning) - 1] == ' ';
    bool is_it = goes_on ? strncmp(line, beginning, strlen(beginning)) == 0
                         : strcmp(line, beginning) == 0;
    ck_assert_msg(is_it, "%s, not %s", line, beginning);
}

static void expect_all(void)
{
    int row = 0;
    for (int i = 0; i < entry_count; i++)
        expect_line(&row, entries[i]);
    for (int i = 0; i < running_count; i++) {
        char entry[ENTRY];
        snprintf(entry, sizeof entry, "%s ", running[i]->title);
        expect_line(&row, entry);
    }
    if (running_count == 0)
        ck_assert_str_eq(line_at(&row), ""); // the cursor stands on a fresh line
    ck_assert_int_eq(row, fake_terminals[2].row + 1);
}

START_TEST(C4_whatever_happens_nothing_is_lost_and_nothing_is_torn)
{
    static void (*const steps[])(void) = {open_one, open_one, add_some,     add_some, end_one,
                                          look,     look,     look,         look,     look,
                                          look,     resize,   say_something};
    seed = (uint32_t)_i;
    fake_twin = 1;
    setenv("LANG", "C.UTF-8", 1);
    fake_prepare();
    for (int i = 0; i < STEPS; i++)
        steps[any(sizeof steps / sizeof *steps)]();
    look();
    fake_look_now(true);
    expect_all();
    while (running_count > 0)
        end_one();
    look();
    expect_all();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_add_checked_fixture(tests, fake_begin, NULL);
    tcase_add_loop_test(tests, C4_whatever_happens_nothing_is_lost_and_nothing_is_torn, 0, 60);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
