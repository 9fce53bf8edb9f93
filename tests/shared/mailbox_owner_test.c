// Mailbox: who has what, how it ends, who is woken, and what becomes of its memory. (Y6)

#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "mailbox_steps.h"

// ---- who has what -------------------------------------------------------------------------------

static const uint32_t owners[] = {0, 1, 255, 256, 0xfffffe, MHI_OWNER_OPENER};
enum { OWNERS = sizeof owners / sizeof *owners };

START_TEST(only_who_took_it_confirms_it)
{
    open_with(2);
    send(1, SMALL);
    mhi_taken letter = take_by(owners[_i]);
    for (int i = 0; i < OWNERS; i++)
        if (i != _i)
            ck_assert(!mhi_mailbox_confirm(&mailbox, owners[i], letter.place));
    ck_assert(mhi_mailbox_confirm(&mailbox, owners[_i], letter.place));
    ck_assert(!mhi_mailbox_confirm(&mailbox, owners[_i], letter.place));
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(what_was_confirmed_is_not_what_lies_there_now)
{
    open_with(1);
    send(1, SMALL);
    mhi_taken before = take(1, SMALL);
    ck_assert(!mhi_mailbox_confirm(&mailbox, THEIRS, before.place + 1));
    ck_assert(!mhi_mailbox_confirm(&mailbox, THEIRS, before.place + (UINT64_C(1) << 32)));
    ck_assert(!mhi_mailbox_confirm(&mailbox, THEIRS, UINT64_MAX));
    confirm(&before);
    send(2, SMALL);
    ck_assert(!mhi_mailbox_confirm(&mailbox, THEIRS, before.place));
    mhi_taken now = take(2, SMALL);
    ck_assert(!mhi_mailbox_confirm(&mailbox, THEIRS, before.place));
    confirm(&now);
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(a_child_sends_to_its_parent_and_takes)
{
    open_with(4);
    send(1, SMALL);
    send(2, LARGEST_LETTER);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        mhi_arena_begin_child(&arena);
        if (!mhi_mailbox_find(&mailbox, &arena, mailbox.area))
            _exit(1);
        pass(1, SMALL);
        pass(2, LARGEST_LETTER);
        send(3, LARGEST_LETTER);
        send(4, 0);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    pass(3, LARGEST_LETTER);
    pass(4, 0);
    close_mailbox(&mailbox);
}
END_TEST

// ---- the end ------------------------------------------------------------------------------------

START_TEST(what_is_there_comes_and_then_the_end)
{
    open_with(3);
    send(1, SMALL);
    send(2, SMALL);
    for (int again = 0; again < 2; again++) {
        mhi_mailbox_end(&mailbox);
        ck_assert_int_eq(send_letter(&mailbox, OURS, 3, SMALL), MH_CLOSED);
    }
    pass(1, SMALL);
    pass(2, SMALL);
    ck_assert_int_eq(look_by(THEIRS), MH_END);
    ck_assert_int_eq(look_by(OURS), MH_END);
    ck_assert_int_eq(send_letter(&mailbox, OURS, 3, SMALL), MH_CLOSED);
    close_mailbox(&mailbox);
}
END_TEST

// It may come back, should the other die. To wait for oneself would have no end.
START_TEST(it_is_not_the_end_while_another_has_one)
{
    open_with(3);
    send(1, SMALL);
    mhi_taken letter = take(1, SMALL);
    mhi_mailbox_end(&mailbox);
    ck_assert_int_eq(look_by(OURS), MH_TIMEOUT);
    ck_assert_int_eq(look_by(THEIRS), MH_END);
    confirm(&letter);
    ck_assert_int_eq(look_by(OURS), MH_END);
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(an_empty_one_ends_at_once_and_a_full_one_says_closed)
{
    open_with(1);
    ck_assert_int_eq(look_by(OURS), MH_TIMEOUT);
    if (_i == 1)
        send(1, SMALL);
    mhi_mailbox_end(&mailbox);
    ck_assert_int_eq(send_letter(&mailbox, OURS, 3, SMALL), MH_CLOSED);
    ck_assert_int_eq(look_by(OURS), _i == 1 ? MH_OK : MH_END);
    close_mailbox(&mailbox);
}
END_TEST

// ---- who sleeps is told -------------------------------------------------------------------------

// How often something was signalled, for one who sleeps.
static uint32_t signals(mhi_event *event, void act(void))
{
    uint32_t before = mhi_event_prepare(event);
    act();
    mhi_event_leave(event);
    return atomic_load(&event->count) - before;
}

static void send_one(void)
{
    send(1, SMALL);
}

static void pass_one(void)
{
    pass(1, SMALL);
}

static void end_it(void)
{
    mhi_mailbox_end(&mailbox);
}

START_TEST(who_sleeps_is_told)
{
    open_with(2);
    mhi_event *filled = &mailbox.head->filled, *emptied = &mailbox.head->emptied;
    ck_assert_uint_gt(signals(filled, send_one), 0);
    ck_assert_uint_gt(signals(emptied, pass_one), 0);
    ck_assert_uint_eq(signals(emptied, send_one), 0);
    ck_assert_uint_eq(signals(filled, pass_one), 0);
    send_one();
    ck_assert_uint_gt(signals(emptied, end_it), 0);
    ck_assert_uint_gt(signals(filled, end_it), 0);
    ck_assert_uint_gt(signals(filled, pass_one), 0); // it was the last
    close_mailbox(&mailbox);
}
END_TEST

// ---- when memory cannot be had ------------------------------------------------------------------

START_TEST(a_message_without_memory_leaves_nothing)
{
    mh_status status = MH_NO_MEMORY;
    open_with(1);
    for (uint64_t nth = 1; status != MH_OK; nth++) {
        ck_assert_uint_lt(nth, 10);
        mhi_fail_after(nth);
        status = send_letter(&mailbox, OURS, 1, LARGEST_LETTER);
        mhi_fail_after(0);
        ck_assert_int_eq(status, mhi_mailbox_count(&mailbox) == 1 ? MH_OK : MH_NO_MEMORY);
    }
    pass(1, LARGEST_LETTER);
    close_mailbox(&mailbox);
}
END_TEST

START_TEST(the_memory_of_large_ones_is_given_back)
{
    open_with(MOST_CELLS);
    for (uint64_t i = 0; i < MOST_CELLS; i++)
        send(i, LARGEST_LETTER);
    for (uint64_t i = 0; i < MOST_CELLS; i++)
        pass(i, LARGEST_LETTER);
    for (uint32_t i = 1; i < mhi_mailbox_areas(MOST_CELLS); i++)
        ck_assert_uint_le(arena.rooms[mailbox.area + i], 64 << 10);
    close_mailbox(&mailbox);
}
END_TEST

// Cells may have been left in any state.
START_TEST(the_next_one_in_the_same_place_is_empty)
{
    const uint32_t cells = counts[_i];
    open_with(MOST_CELLS);
    for (uint64_t i = 0; i < MOST_CELLS; i++)
        send(i, SMALL);
    for (uint64_t i = 0; i < MOST_CELLS / 2; i++)
        take(i, SMALL);
    mhi_mailbox_end(&mailbox);
    mhi_mailbox_finish(&mailbox);
    ck_assert_int_eq(mhi_mailbox_begin(&mailbox, &arena, 3, cells), MH_OK);
    ck_assert_uint_eq(mhi_mailbox_count(&mailbox), 0);
    ck_assert_int_eq(look_by(OURS), MH_TIMEOUT);
    for (uint64_t i = 0; i < cells; i++)
        send(i, SMALL);
    ck_assert_int_eq(send_letter(&mailbox, OURS, 99, SMALL), MH_TIMEOUT);
    for (uint64_t i = 0; i < cells; i++)
        pass(i, SMALL);
    close_mailbox(&mailbox);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("owners and ends");
    tcase_set_timeout(tests, 20);
    tcase_add_loop_test(tests, only_who_took_it_confirms_it, 0, OWNERS);
    tcase_add_test(tests, what_was_confirmed_is_not_what_lies_there_now);
    tcase_add_test(tests, a_child_sends_to_its_parent_and_takes);
    tcase_add_test(tests, what_is_there_comes_and_then_the_end);
    tcase_add_test(tests, it_is_not_the_end_while_another_has_one);
    tcase_add_loop_test(tests, an_empty_one_ends_at_once_and_a_full_one_says_closed, 0, 2);
    tcase_add_test(tests, who_sleeps_is_told);
    tcase_add_test(tests, a_message_without_memory_leaves_nothing);
    tcase_add_test(tests, the_memory_of_large_ones_is_given_back);
    tcase_add_loop_test(tests, the_next_one_in_the_same_place_is_empty, 0, COUNTS);
    return run_tests(suite_create("mailbox, owners"), tests);
}
