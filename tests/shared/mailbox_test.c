// Mailbox: what is sent is taken once, whole and in order, and how many it holds. (Y6)

#include "mailbox_steps.h"

static const uint64_t sizes[] = {
    0,    1,    8,        15,           MHI_CELL_BYTES - 1, MHI_CELL_BYTES, MHI_CELL_BYTES + 1,
    4096, 4097, 64 << 10, KEEPS_MEMORY, LARGEST_LETTER};
enum { SIZES = sizeof sizes / sizeof *sizes };

START_TEST(a_message_of_any_size_comes_whole)
{
    open_with(2);
    for (uint64_t i = 0; i < 10; i++) {
        send(i, sizes[_i]);
        pass(i, sizes[_i]);
    }
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(each_size_may_follow_each_other_in_the_same_cell)
{
    open_with(1);
    for (uint64_t i = 0; i < SIZES * SIZES; i++) {
        send(2 * i, sizes[i / SIZES]);
        pass(2 * i, sizes[i / SIZES]);
        send(2 * i + 1, sizes[i % SIZES]);
        pass(2 * i + 1, sizes[i % SIZES]);
    }
    close_mailbox(&mailbox);
}
END_TEST

// The laps that entries tell go round as well: with one cell, three times.
START_TEST(messages_come_in_order_for_many_laps)
{
    const uint32_t cells = counts[_i];
    uint64_t sent = 0, taken = 0, seed = 1;
    open_with(cells);
    while (taken < 200000) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        for (uint64_t most = sent + (seed >> 40) % (cells + 1); sent < most; sent++)
            if (send_letter(&mailbox, OURS, sent, SMALL) != MH_OK)
                break;
        for (uint64_t most = taken + (seed >> 50) % (cells + 1); taken < most; taken++) {
            if (taken == sent)
                break;
            pass(taken, SMALL);
        }
    }
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(it_holds_so_many_and_no_more)
{
    const uint32_t cells = counts[_i];
    open_with(cells);
    for (uint64_t round = 0; round < 3; round++) {
        for (uint64_t i = 0; i < cells; i++) {
            ck_assert_uint_eq(mhi_mailbox_count(&mailbox), i);
            send(i, SMALL);
        }
        ck_assert_int_eq(send_letter(&mailbox, OURS, 99, SMALL), MH_TIMEOUT);
        ck_assert_uint_eq(mhi_mailbox_count(&mailbox), cells);
        for (uint64_t i = 0; i < cells; i++) {
            pass(i, SMALL);
            ck_assert_uint_eq(mhi_mailbox_count(&mailbox), cells - i - 1);
        }
        ck_assert_int_eq(look_by(THEIRS), MH_TIMEOUT);
    }
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(what_is_taken_keeps_its_place_until_it_is_confirmed)
{
    const uint32_t cells = counts[_i];
    mhi_taken held[MOST_CELLS];
    open_with(cells);
    for (uint64_t i = 0; i < cells; i++)
        send(i, SMALL);
    for (uint32_t i = 0; i < cells; i++)
        held[i] = take(i, SMALL);
    ck_assert_uint_eq(mhi_mailbox_count(&mailbox), 0);
    for (uint32_t i = 0; i < cells; i++) {
        uint32_t at = (i + cells / 2) % cells; // in some other order
        ck_assert_int_eq(send_letter(&mailbox, OURS, 99, SMALL), MH_TIMEOUT);
        ck_assert(is_letter(&held[at], at, SMALL)); // it still lies there
        confirm(&held[at]);
        send(cells + i, SMALL);
    }
    for (uint64_t i = 0; i < cells; i++)
        pass(cells + i, SMALL);
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(one_that_is_too_large_stays_and_tells_its_size)
{
    mhi_taken letter = {.size = 1};
    open_with(3);
    send(1, sizes[_i]);
    send(2, SMALL);
    for (int again = 0; again < 2 && sizes[_i] > 0; again++) {
        ck_assert_int_eq(mhi_mailbox_take(&mailbox, THEIRS, 0, sizes[_i] - 1, &letter),
                         MH_TOO_LARGE);
        ck_assert_uint_eq(letter.size, sizes[_i]);
        ck_assert_int_eq(receive_by(THEIRS, 0, sizes[_i] - 1, &letter), MH_TOO_LARGE);
        ck_assert_uint_eq(letter.size, sizes[_i]);
        ck_assert_uint_eq(mhi_mailbox_count(&mailbox), 2);
    }
    ck_assert_int_eq(mhi_mailbox_take(&mailbox, THEIRS, 0, sizes[_i], &letter), MH_OK);
    ck_assert(is_letter(&letter, 1, sizes[_i]));
    pass(2, SMALL);
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(one_that_is_too_short_stays_and_tells_its_size)
{
    mhi_taken letter = {.size = 1};
    open_with(3);
    send(1, sizes[_i]);
    ck_assert_int_eq(mhi_mailbox_take(&mailbox, THEIRS, sizes[_i] + 1, UINT64_MAX, &letter),
                     MH_INVALID);
    ck_assert_uint_eq(letter.size, sizes[_i]);
    ck_assert_int_eq(receive_by(THEIRS, sizes[_i] + 1, UINT64_MAX, &letter), MH_INVALID);
    ck_assert_uint_eq(letter.size, sizes[_i]);
    ck_assert_uint_eq(mhi_mailbox_count(&mailbox), 1);
    ck_assert_int_eq(mhi_mailbox_take(&mailbox, THEIRS, sizes[_i], sizes[_i], &letter), MH_OK);
    ck_assert(is_letter(&letter, 1, sizes[_i]));
    close_mailbox(&mailbox);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("passing");
    tcase_set_timeout(tests, 30);
    tcase_add_loop_test(tests, a_message_of_any_size_comes_whole, 0, SIZES);
    tcase_add_test(tests, each_size_may_follow_each_other_in_the_same_cell);
    tcase_add_loop_test(tests, messages_come_in_order_for_many_laps, 0, COUNTS);
    tcase_add_loop_test(tests, it_holds_so_many_and_no_more, 0, COUNTS);
    tcase_add_loop_test(tests, what_is_taken_keeps_its_place_until_it_is_confirmed, 0, COUNTS);
    tcase_add_loop_test(tests, one_that_is_too_large_stays_and_tells_its_size, 0, SIZES);
    tcase_add_loop_test(tests, one_that_is_too_short_stays_and_tells_its_size, 0, SIZES);
    return run_tests(suite_create("mailbox"), tests);
}
