// Mailbox, when its users die: at each named step, whatever others do before it is settled, no
// message that was sent is lost, none is seen half, none comes twice but that which a dead one
// had taken; and no place is lost. (Y9)
//
// A user dies by leaving the call in the middle of it. Others then go on with what it left.

#include <setjmp.h>

#include "base/log.h"
#include "letters.h"

enum { HEIR = 1, DEAD = 2, ALIVE = 3, SIZES = 4, NUMBER = 200 };

static mhi_arena arena;
static mhi_mailbox mailbox;
static letter_list waiting;

static mhi_mailbox_step deadly_step;

static void expect(bool holds, const char *what, uint64_t number)
{
    if (!holds)
        ck_abort_msg("%s (message %llu, step %d)", what, (unsigned long long)number,
                     (int)deadly_step);
}

// ---- those who live -----------------------------------------------------------------------------

static void try_send(uint64_t number)
{
    if (send_letter(&mailbox, ALIVE, number, size_by_number(number)) == MH_OK)
        add_next(&waiting, number);
}

static bool try_pass(void)
{
    mhi_taken letter = {.size = 0};
    uint64_t number = 0;
    mh_status status = mhi_mailbox_take(&mailbox, ALIVE, 0, UINT64_MAX, &letter);
    expect(status == (waiting.count > 0 ? MH_OK : MH_TIMEOUT), mh_status_text(status), 0);
    if (status != MH_OK)
        return false;
    expect(is_next(&waiting, &letter, &number), "it is not what comes next", letter.size);
    expect(mhi_mailbox_confirm(&mailbox, ALIVE, letter.place), "not confirmed", number);
    return true;
}

// What they do between the death and its settling.
static void go_on(int mode, uint32_t cells)
{
    for (uint64_t i = 0; mode == 1 && i < 5 * (uint64_t)cells; i++) { // a few laps
        try_send(300 + i);
        try_pass();
    }
    while (mode == 2 && try_pass())
        continue;
    for (uint64_t i = 0; mode >= 2 && i < cells; i++) // as many as there are places
        try_send(400 + i);
}
enum { MODES = 4 };

// ---- the one who dies ---------------------------------------------------------------------------

static jmp_buf grave;
static mhi_taken in_hand;
static uint64_t number_in_hand;

static void die_there(mhi_mailbox_step step)
{
    if (step != deadly_step)
        return;
    mhi_mailbox_trap = NULL;
    longjmp(grave, 1);
}

// False: it never came to that step.
static bool dies(void deed(void))
{
    if (setjmp(grave) != 0)
        return true;
    mhi_mailbox_trap = die_there;
    deed();
    mhi_mailbox_trap = NULL;
    return false;
}

static void send_it(void)
{
    send_letter(&mailbox, DEAD, number_in_hand, size_by_number(number_in_hand));
}

static void take_it(void)
{
    mh_status status = mhi_mailbox_take(&mailbox, DEAD, 0, UINT64_MAX, &in_hand);
    expect(status == MH_OK, mh_status_text(status), number_in_hand);
}

static void confirm_it(void)
{
    expect(mhi_mailbox_confirm(&mailbox, DEAD, in_hand.place), "not confirmed", 0);
}

// ---- one death at each step ---------------------------------------------------------------------

static void lay_out(uint32_t cells, uint32_t shift, uint32_t before)
{
    mh_log_limit(MH_LOG_OFF);
    open_mailbox(&mailbox, &arena, cells);
    waiting.count = 0;
    for (uint64_t i = 0; i < shift; i++) {
        try_send(i);
        try_pass();
    }
    for (uint64_t i = 0; i < before; i++)
        try_send(100 + i);
    expect(waiting.count == before, "it took fewer than it holds", before);
}

static void settle(void)
{
    mhi_mailbox_head *head = mailbox.head;
    uint32_t filled = mhi_event_prepare(&head->filled);
    uint32_t emptied = mhi_event_prepare(&head->emptied);
    mhi_mailbox_settle(&mailbox, DEAD, HEIR);
    mhi_event_leave(&head->filled);
    mhi_event_leave(&head->emptied);
    expect(atomic_load(&head->filled.count) != filled, "readers were not woken", 0);
    expect(atomic_load(&head->emptied.count) != emptied, "writers were not woken", 0);
}

// Everything comes as it should, every place can be used, and there is an end.
static void expect_all_is_well(uint32_t cells)
{
    do
        expect(mhi_mailbox_count(&mailbox) == waiting.count, "counted wrongly", waiting.count);
    while (try_pass());
    for (uint64_t i = 0; i < cells; i++)
        try_send(500 + i);
    expect(waiting.count == cells, "a place was lost", waiting.count);
    expect(send_letter(&mailbox, ALIVE, 1, 24) == MH_TIMEOUT, "there is a place more", cells);
    mhi_mailbox_end(&mailbox);
    while (waiting.count > 0)
        try_pass();
    mh_status status = mhi_mailbox_take(&mailbox, ALIVE, 0, UINT64_MAX, &in_hand);
    expect(status == MH_END, mh_status_text(status), cells);
    close_mailbox(&mailbox);
}

static void a_sender_dies(uint32_t cells, int mode)
{
    expect(dies(send_it), "did not die", number_in_hand);
    if (deadly_step >= MHI_MAILBOX_SENT)
        add_next(&waiting, number_in_hand);
    go_on(mode, cells);
    settle();
}

static void a_taker_dies(uint32_t cells, int mode)
{
    try_send(number_in_hand);
    number_in_hand = remove_from(&waiting, 0);
    if (deadly_step == MHI_MAILBOX_CONFIRMED)
        take_it();
    expect(dies(deadly_step == MHI_MAILBOX_TAKEN ? take_it : confirm_it), "did not die", 0);
    go_on(mode, cells);
    settle();
    if (deadly_step == MHI_MAILBOX_TAKEN)
        add_next(&waiting, number_in_hand);
}

// With so many cells, so far round the ring, so many waiting, and what others do meanwhile.
static void in_each_case(void story(uint32_t cells, int mode), uint64_t number)
{
    for (uint32_t cells = 1; cells <= 4; cells++)
        for (uint32_t shift = 0; shift <= 2 * cells; shift += (cells + 1) / 2)
            for (uint32_t before = 0; before < cells; before++)
                for (int mode = 0; mode < MODES; mode++) {
                    lay_out(cells, shift, before);
                    number_in_hand = number;
                    story(cells, mode);
                    expect_all_is_well(cells);
                }
}

START_TEST(a_sender_may_die_at_any_step)
{
    deadly_step = (mhi_mailbox_step)(MHI_MAILBOX_CLAIMED + _i / SIZES);
    in_each_case(a_sender_dies, NUMBER + (uint64_t)_i % SIZES);
}
END_TEST

START_TEST(a_taker_may_die_at_any_step)
{
    deadly_step = (mhi_mailbox_step)(MHI_MAILBOX_TAKEN + _i / SIZES);
    in_each_case(a_taker_dies, NUMBER + (uint64_t)_i % SIZES);
}
END_TEST

// ---- what is settled, and what is not -----------------------------------------------------------

START_TEST(only_what_the_dead_had_is_settled)
{
    lay_out(4, 0, 4);
    mhi_taken kept;
    ck_assert_int_eq(mhi_mailbox_take(&mailbox, ALIVE, 0, UINT64_MAX, &kept), MH_OK);
    uint64_t number = remove_from(&waiting, 0);
    take_it();
    number_in_hand = remove_from(&waiting, 0);
    settle();
    settle(); // there is nothing more
    add_next(&waiting, number_in_hand);
    expect(is_letter(&kept, number, size_by_number(number)), "it was taken away", number);
    ck_assert(!mhi_mailbox_confirm(&mailbox, DEAD, in_hand.place));
    ck_assert(mhi_mailbox_confirm(&mailbox, ALIVE, kept.place));
    expect_all_is_well(4);
}
END_TEST

START_TEST(all_that_the_dead_had_taken_comes_back)
{
    lay_out(4, (uint32_t)_i, 4);
    for (int i = 0; i < 3; i++)
        take_it();
    uint64_t back[] = {remove_from(&waiting, 0), remove_from(&waiting, 0),
                       remove_from(&waiting, 0)};
    settle();
    waiting.turns++;
    for (int i = 0; i < 3; i++)
        add_to(&waiting, back[i]);
    expect_all_is_well(4);
}
END_TEST

// Nor is it, while the dead one's message may still be sent again.
START_TEST(it_is_not_the_end_before_the_dead_are_settled)
{
    lay_out(2, 0, 0);
    number_in_hand = NUMBER;
    deadly_step = (mhi_mailbox_step)_i;
    bool sends = deadly_step < MHI_MAILBOX_SENT;
    if (!sends)
        try_send(NUMBER);
    expect(dies(sends ? send_it : take_it), "did not die", 0);
    mhi_mailbox_end(&mailbox);
    waiting.count = 0;
    try_pass(); // nothing, and not the end
    settle();
    mh_status status = mhi_mailbox_take(&mailbox, ALIVE, 0, UINT64_MAX, &in_hand);
    ck_assert_int_eq(status, sends ? MH_END : MH_OK);
    close_mailbox(&mailbox);
}
END_TEST

int main(void)
{
    TCase *deaths = tcase_create("deaths");
    tcase_set_timeout(deaths, 60);
    tcase_add_loop_test(deaths, a_sender_may_die_at_any_step, 0,
                        (MHI_MAILBOX_TOLD - MHI_MAILBOX_CLAIMED + 1) * SIZES);
    tcase_add_loop_test(deaths, a_taker_may_die_at_any_step, 0,
                        (MHI_MAILBOX_CONFIRMED - MHI_MAILBOX_TAKEN + 1) * SIZES);
    tcase_add_test(deaths, only_what_the_dead_had_is_settled);
    tcase_add_loop_test(deaths, all_that_the_dead_had_taken_comes_back, 0, 5);
    tcase_add_loop_test(deaths, it_is_not_the_end_before_the_dead_are_settled,
                        MHI_MAILBOX_CLAIMED, MHI_MAILBOX_WRITTEN + 1);
    tcase_add_loop_test(deaths, it_is_not_the_end_before_the_dead_are_settled,
                        MHI_MAILBOX_TAKEN, MHI_MAILBOX_TAKEN + 1);
    Suite *suite = suite_create("mailbox, deaths");
    suite_add_tcase(suite, deaths);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
