// Board: places for bars, one owner and one reader at a time, and words that nobody should have written.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/board.h"

enum { OURS = 3, THEIRS = 4 };

static mhi_board board;

static mhi_bar *claim(const char *title, uint64_t call)
{
    const mhi_bar_plan plan = {.title = title, .total = 10, .opened_ns = 1, .call = call};
    return mhi_board_claim(&board, OURS, &plan);
}

static mhi_bar *open_bar(const char *title, uint64_t call)
{
    mhi_bar *bar = claim(title, call);
    ck_assert_ptr_nonnull(bar);
    mhi_board_publish(&board, bar);
    return bar;
}

static mhi_ending ending_of(const mhi_bar *bar)
{
    uint64_t word;
    mhi_ending ending = MHI_RUNS;
    return mhi_bar_look(bar, &word, &ending) ? ending : (mhi_ending)-1;
}

static const mhi_ending nothing = (mhi_ending)-1;

START_TEST(a_bar_is_seen_from_publish_to_clear)
{
    mhi_bar *bar = claim("one", 0);
    ck_assert_int_eq(ending_of(bar), nothing);
    mhi_board_publish(&board, bar);
    ck_assert_int_eq(ending_of(bar), MHI_RUNS);
    ck_assert(mhi_board_end(&board, bar, OURS, MHI_FAILED, 1));
    ck_assert_int_eq(ending_of(bar), MHI_FAILED);
    mhi_bar_clear(bar);
    ck_assert_int_eq(ending_of(bar), nothing);
}
END_TEST

START_TEST(it_ends_once_and_only_by_its_owner)
{
    mhi_bar *bar = open_bar("one", 0);
    ck_assert(!mhi_board_end(&board, bar, THEIRS, MHI_CLOSED, 1));
    ck_assert(mhi_board_end(&board, bar, OURS, MHI_CLOSED, 1));
    ck_assert(!mhi_board_end(&board, bar, OURS, MHI_FAILED, 1));
    mhi_board_settle(&board, OURS, MHI_CRASHED);
    ck_assert_int_eq(ending_of(bar), MHI_CLOSED);
}
END_TEST

START_TEST(a_place_is_not_used_again_before_it_was_cleared)
{
    mhi_bar *bar = open_bar("one", 0), *other;
    mhi_board_end(&board, bar, OURS, MHI_CLOSED, 1);
    other = open_bar("two", 0);
    ck_assert_ptr_ne(bar, other);
    ck_assert_str_eq(bar->title, "one");
    uint64_t word, next;
    mhi_ending ending;
    mhi_bar_look(bar, &word, &ending);
    mhi_bar_clear(bar);
    ck_assert_ptr_eq(open_bar("three", 0), bar);
    mhi_bar_look(bar, &next, &ending);
    ck_assert_uint_ne(word >> 32, next >> 32); // another bar
    ck_assert_uint_eq(atomic_load(&bar->done), 0);
}
END_TEST

START_TEST(a_call_ends_its_own)
{
    mhi_bar *mine = open_bar("mine", 7), *other = open_bar("other", 8), *none = open_bar("", 0);
    ck_assert(mhi_board_end_call(&board, OURS, 7, MHI_LEFT_OPEN));
    ck_assert(!mhi_board_end_call(&board, OURS, 7, MHI_LEFT_OPEN));
    ck_assert(!mhi_board_end_call(&board, THEIRS, 8, MHI_LEFT_OPEN));
    ck_assert_int_eq(ending_of(mine), MHI_LEFT_OPEN);
    ck_assert_int_eq(ending_of(other), MHI_RUNS);
    ck_assert_int_eq(ending_of(none), MHI_RUNS);
}
END_TEST

START_TEST(it_is_full_when_all_places_are_taken)
{
    for (int i = 0; i < MH_PROGRESS_LIMIT; i++)
        open_bar("one of many", 0);
    ck_assert_ptr_null(claim("one too many", 0));
    mhi_board_settle(&board, OURS, MHI_CRASHED);
    ck_assert_ptr_null(claim("one too many", 0)); // nobody has seen their last words
    mhi_bar_clear(&board.place[99]);
    ck_assert_ptr_eq(claim("in its place", 0), &board.place[99]);
}
END_TEST

static void expect_title(const char *given, const char *kept)
{
    ck_assert_str_eq(open_bar(given, 0)->title, kept);
}

START_TEST(titles_are_cut_at_characters)
{
    char given[512], kept[512];
    memset(given, 'x', sizeof given);
    given[MH_TITLE_SIZE - 1] = '\0';
    expect_title(given, given); // just fits
    snprintf(kept, sizeof kept, "%.*s", MH_TITLE_SIZE - 2, given);
    memcpy(given + MH_TITLE_SIZE - 2, "\xc3\xa4", 3); // one byte too long
    expect_title(given, kept);
    memset(given, 0x80, sizeof given); // no UTF-8
    given[400] = '\0';
    snprintf(kept, sizeof kept, "%.*s", MH_TITLE_SIZE - 1, given);
    expect_title(given, kept);
    expect_title("", "");
}
END_TEST

START_TEST(a_place_belongs_to_its_board_only)
{
    static mhi_board other;
    ck_assert(mhi_board_has(&board, &board.place[0]));
    ck_assert(mhi_board_has(&board, &board.place[MH_PROGRESS_LIMIT - 1]));
    ck_assert(!mhi_board_has(&board, board.place + MH_PROGRESS_LIMIT));
    ck_assert(!mhi_board_has(&board, &other.place[0]));
    ck_assert(!mhi_board_has(&board, (mhi_bar *)(void *)((char *)&board.place[1] + 8)));
}
END_TEST

// A worker may write anywhere before it dies. What is read may be nonsense, but is read safely.
START_TEST(damage_is_survived)
{
    atomic_store(&board.used, UINT32_MAX);
    ck_assert_uint_eq(mhi_board_used(&board), MH_PROGRESS_LIMIT);
    for (uint64_t state = 0; state < 256; state++) {
        mhi_bar *bar = &board.place[state];
        atomic_store(&bar->claim, UINT64_C(0xabcdef00) << 8 | state);
        if (mhi_claim_state(state) == MHI_ENDED)
            ck_assert_int_eq(ending_of(bar), MHI_FORGOTTEN);
    }
    mhi_board_settle(&board, OURS, MHI_CRASHED);
}
END_TEST

START_TEST(a_child_begins_with_an_empty_board)
{
    mhi_bar *open = open_bar("open", 0), *ended = open_bar("ended", 0),
            *half = claim("half", 0);
    mhi_board_end(&board, ended, OURS, MHI_CLOSED, 1);
    mhi_board_begin_child(&board);
    ck_assert_int_eq(ending_of(open), nothing);
    ck_assert_int_eq(ending_of(ended), nothing);
    ck_assert_int_eq(ending_of(half), nothing);
    ck_assert(!mhi_board_end(&board, open, OURS, MHI_CLOSED, 1));
    mhi_bar *own = open_bar("own", 0);
    ck_assert_ptr_ne(own, open); // somebody may still step there
    ck_assert_ptr_ne(own, half);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("board");
    TCase *tests = tcase_create("board");
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, a_bar_is_seen_from_publish_to_clear);
    tcase_add_test(tests, it_ends_once_and_only_by_its_owner);
    tcase_add_test(tests, a_place_is_not_used_again_before_it_was_cleared);
    tcase_add_test(tests, a_call_ends_its_own);
    tcase_add_test(tests, it_is_full_when_all_places_are_taken);
    tcase_add_test(tests, titles_are_cut_at_characters);
    tcase_add_test(tests, a_place_belongs_to_its_board_only);
    tcase_add_test(tests, damage_is_survived);
    tcase_add_test(tests, a_child_begins_with_an_empty_board);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
