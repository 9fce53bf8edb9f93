// Lines: what goes in comes out, wherever the ring wraps; a full ring is told, what is dropped is
// counted once, and damage costs what is in the ring and no more.

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "shared/lines.h"

static mhi_lines lines; // each test is a process of its own, where it is zeroed
static char text[MHI_LINE_MOST + 1];

// Its bytes tell its number and their place.
static void write_line(uint32_t number, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++)
        text[i] = (char)('!' + (number * 7 + i) % 90);
}

static bool add(uint32_t number, uint32_t size)
{
    write_line(number, size);
    return mhi_lines_add(&lines,
                         (mhi_line){.size = size,
                                    .kind = (uint16_t)(number % 3),
                                    .level = (uint16_t)(number % 5)},
                         text);
}

static void expect(uint32_t number, uint32_t size)
{
    static char taken[MHI_LINE_MOST + 1];
    mhi_line line;
    ck_assert(mhi_lines_has(&lines, mhi_lines_end(&lines)));
    ck_assert(mhi_lines_take(&lines, &line, taken));
    ck_assert_uint_eq(line.size, size);
    ck_assert_uint_eq(line.kind, number % 3);
    ck_assert_uint_eq(line.level, number % 5);
    ck_assert_int_eq(taken[size], 0);
    write_line(number, size);
    ck_assert_mem_eq(taken, text, size);
}

static void expect_nothing(void)
{
    ck_assert(!mhi_lines_has(&lines, mhi_lines_end(&lines)));
}

static uint32_t size_of(uint32_t number)
{
    static const uint32_t sizes[] = {
        0, 1, 7, 8, 9, 100, 1000, MHI_LINE_MOST - 1, MHI_LINE_MOST};
    return sizes[number * 5 % 9];
}

START_TEST(what_goes_in_comes_out_in_order)
{
    uint32_t in = 0, out = 0;
    expect_nothing();
    while (out < 5000) {
        while (in < 5000 && add(in, size_of(in)))
            in++;
        ck_assert(in == 5000 || in - out > 1);
        for (uint32_t some = 1 + out % 5; some > 0 && out < in; some--, out++)
            expect(out, size_of(out));
    }
    expect_nothing();
}
END_TEST

START_TEST(a_full_ring_takes_nothing_until_there_is_room)
{
    uint32_t in = 0;
    while (add(in, 1000))
        in++;
    ck_assert_uint_ge(in, MHI_LINES_SIZE / 1100);
    ck_assert(!add(in, 1000));
    expect(0, 1000);
    ck_assert(add(in, 1000));
    for (uint32_t out = 1; out <= in; out++)
        expect(out, 1000);
    expect_nothing();
    mhi_lines_wait(&lines, MHI_LINE_MOST); // there is room: it returns
}
END_TEST

START_TEST(what_comes_meanwhile_is_not_taken)
{
    add(1, 10);
    uint64_t end = mhi_lines_end(&lines);
    add(2, 10);
    expect(1, 10);
    ck_assert(!mhi_lines_has(&lines, end));
    expect(2, 10);
}
END_TEST

START_TEST(what_is_dropped_is_told_once_and_in_its_place)
{
    static char taken[MHI_LINE_MOST + 1];
    mhi_line line;
    add(0, 10);
    mhi_lines_drop(&lines);
    mhi_lines_drop(&lines);
    add(1, 10);
    mhi_lines_drop(&lines);
    ck_assert(mhi_lines_take(&lines, &line, taken));
    ck_assert_uint_eq(mhi_lines_note_dropped(&lines, line.dropped), 0);
    ck_assert(mhi_lines_take(&lines, &line, taken));
    ck_assert_uint_eq(mhi_lines_note_dropped(&lines, line.dropped), 2);
    ck_assert_uint_eq(mhi_lines_note_dropped(&lines, UINT64_MAX), 1);
    ck_assert_uint_eq(mhi_lines_note_dropped(&lines, UINT64_MAX), 0);
    add(2, 10);
    ck_assert(mhi_lines_take(&lines, &line, taken));
    ck_assert_uint_eq(mhi_lines_note_dropped(&lines, line.dropped), 0);
}
END_TEST

// ---- damage -------------------------------------------------------------------------------------

// A reader that is shown anything at all comes to an end, and finds the ring empty or sound after.
static void read_all(void)
{
    static char taken[MHI_LINE_MOST + 1];
    mhi_line line;
    int entries = 0;
    for (uint64_t end = mhi_lines_end(&lines); mhi_lines_has(&lines, end); entries++) {
        ck_assert_int_le(entries, MHI_LINES_SIZE / 8);
        if (!mhi_lines_take(&lines, &line, taken))
            break;
        ck_assert_uint_le(line.size, MHI_LINE_MOST);
    }
}

START_TEST(damage_is_survived)
{
    uint64_t chance = 1;
    for (int turn = 0; turn < 20000; turn++) {
        chance = chance * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint64_t number = chance >> 20;
        add((uint32_t)turn, size_of((uint32_t)turn));
        if (turn % 3 == 0)
            memcpy(lines.bytes + number % (MHI_LINES_SIZE - 8), &number, 8);
        if (turn % 50 == 0)
            lines.written = turn % 100 == 0 ? number
                                            : lines.read + number % (2 * MHI_LINES_SIZE);
        if (turn % 11 == 0)
            lines.dropped = number;
        if (turn % 2 == 0)
            read_all();
        mhi_lines_note_dropped(&lines, UINT64_MAX);
    }
    memset(&lines, 0, sizeof lines);
    add(1, 100);
    expect(1, 100);
}
END_TEST

START_TEST(after_damage_the_ring_serves_on)
{
    static char taken[MHI_LINE_MOST + 1];
    mhi_line line;
    add(1, 100);
    memset(lines.bytes, 0xff, 4); // its size
    add(2, 100);
    ck_assert(!mhi_lines_take(&lines, &line, taken));
    expect_nothing();
    ck_assert(add(3, 100));
    expect(3, 100);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lines");
    tcase_add_test(tests, what_goes_in_comes_out_in_order);
    tcase_add_test(tests, a_full_ring_takes_nothing_until_there_is_room);
    tcase_add_test(tests, what_comes_meanwhile_is_not_taken);
    tcase_add_test(tests, what_is_dropped_is_told_once_and_in_its_place);
    tcase_add_test(tests, damage_is_survived);
    tcase_add_test(tests, after_damage_the_ring_serves_on);
    Suite *suite = suite_create("lines");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
