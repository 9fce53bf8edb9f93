// Columns: stories of titles that are too long, too wide, or up to no good.

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/report/columns.h"

static char copy[64];

static void expect(const char *text, int columns, bool utf8, int used, const char *wanted)
{
    ck_assert_int_eq(mhi_columns_copy(copy, sizeof copy, text, columns, utf8), used);
    ck_assert_str_eq(copy, wanted);
}

START_TEST(what_fits_is_copied)
{
    expect("", 0, true, 0, "");
    expect("squares", 7, true, 7, "squares");
    expect("squares", 99, false, 7, "squares");
}
END_TEST

START_TEST(what_does_not_fit_is_cut_and_marked)
{
    expect("squares", 6, true, 6, "squar…");
    expect("squares", 6, false, 6, "squar~");
    expect("squares", 1, true, 1, "…");
    expect("squares", 0, true, 0, "");
}
END_TEST

START_TEST(wide_characters_take_two_columns)
{
    expect("処理中", 6, true, 6, "処理中");
    expect("処理中", 5, true, 5, "処理…");
    expect("処理中", 4, true, 3, "処…");
    expect("한국🎉", 6, true, 6, "한국🎉");
}
END_TEST

START_TEST(marks_take_none)
{
    expect("e\u0301te\u0301", 3, true, 3, "e\u0301te\u0301");
    expect("e\u0301te\u0301", 2, true, 2, "e\u0301…");
}
END_TEST

START_TEST(a_character_made_a_picture_may_take_two)
{
    expect("\u2660\uFE0F", 3, true, 2, "\u2660\uFE0F");
    expect("\u2764\uFE0F", 3, true, 2, "\u2764\uFE0F");
    expect("1\uFE0F\u20E3", 3, true, 2, "1\uFE0F\u20E3");
}
END_TEST

START_TEST(without_utf8_each_strange_character_is_a_question_mark)
{
    expect("naïve 処理", 20, false, 8, "na?ve ??");
}
END_TEST

START_TEST(a_title_cannot_move_the_cursor)
{
    expect("a\nb\r\033[2Jc\177", 20, true, 10, "a?b??[2Jc?");
    expect("\xC2\x85\u202Ex\u2066", 20, true, 4, "??x?");
}
END_TEST

START_TEST(broken_utf8_is_question_marks)
{
    expect("a\xFF"
           "b",
           9, true, 3, "a?b");
    expect("\xE5\x87", 9, true, 2, "??");              // ends too early
    expect("\xC0\xAF\xE0\x80\xAF", 9, true, 3, "???"); // longer than needed
    expect("\xED\xA0\x80", 9, true, 1, "?");           // a surrogate
    expect("\xF4\x90\x80\x80", 9, true, 1, "?");       // beyond the last
}
END_TEST

START_TEST(many_marks_do_not_overflow)
{
    char text[400] = "a";
    for (int i = 0; i < 150; i++)
        strcat(text, "\u0301");
    ck_assert_int_eq(mhi_columns_copy(copy, 16, text, 9, true), 2);
    ck_assert_uint_le(strlen(copy), 15);
    ck_assert_str_eq(copy + strlen(copy) - strlen("…"), "…");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("columns");
    TCase *tests = tcase_create("columns");
    tcase_add_test(tests, what_fits_is_copied);
    tcase_add_test(tests, what_does_not_fit_is_cut_and_marked);
    tcase_add_test(tests, wide_characters_take_two_columns);
    tcase_add_test(tests, marks_take_none);
    tcase_add_test(tests, a_character_made_a_picture_may_take_two);
    tcase_add_test(tests, without_utf8_each_strange_character_is_a_question_mark);
    tcase_add_test(tests, a_title_cannot_move_the_cursor);
    tcase_add_test(tests, broken_utf8_is_question_marks);
    tcase_add_test(tests, many_marks_do_not_overflow);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
