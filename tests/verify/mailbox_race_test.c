// Mailbox, two at once: of two who reach for the same thing one gets it, the end comes before a
// message or after it, and who sleeps until the end is woken. (Y6, Y9)
//
// Two threads meet at a line, awake, and then do one step each. A random number of empty turns
// before it slides the two over each other.

#include <check.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>

#include "platform/platform.h"
#include "shared/letters.h"
#include "support/line_up.h"

enum { ROUNDS = 20000, AREA = 3, SIZE = MHI_CELL_BYTES };
enum { HEIR, ONE, OTHER, RUNNERS }; // owners

typedef struct race race;

// One step of a runner; true: it got what it wanted.
typedef bool reach(race *in, uint32_t runner);

struct race {
    void (*prepare)(race *in);
    reach *one, *other;
    void (*check)(race *in, bool one_got, bool other_got);
    uint32_t cells;
    _Atomic uint64_t line; // how often somebody has come to it
    uint64_t seed;
    int round;
    bool other_got;
    mhi_taken letter[RUNNERS];
};

static mhi_arena arena;
static mhi_mailbox mailbox;

static void *run_along(void *argument)
{
    race *in = argument;
    uint64_t seed = ~in->seed;
    for (int round = 0; round < ROUNDS; round++) {
        meet(&in->line);
        take_turns(&seed);
        in->other_got = in->other(in, OTHER);
        meet(&in->line);
    }
    return NULL;
}

// Says nothing while all is well: there are so many rounds.
static void expect(const race *in, bool holds)
{
    if (!holds)
        ck_abort_msg("not so in round %d", in->round);
}

static void run_races(race *in)
{
    pthread_t other;
    uint64_t seed = in->seed;
    open_mailbox(&mailbox, &arena, in->cells);
    ck_assert_int_eq(pthread_create(&other, NULL, run_along, in), 0);
    for (in->round = 0; in->round < ROUNDS; in->round++) {
        in->prepare(in);
        meet(&in->line);
        take_turns(&seed);
        bool one_got = in->one(in, ONE);
        meet(&in->line);
        in->check(in, one_got, in->other_got);
    }
    pthread_join(other, NULL);
    close_mailbox(&mailbox);
}

// ---- steps --------------------------------------------------------------------------------------

static mh_status look(race *in, uint32_t runner)
{
    return mhi_mailbox_take(&mailbox, runner, 0, UINT64_MAX, &in->letter[runner]);
}

static bool take(race *in, uint32_t runner)
{
    return look(in, runner) == MH_OK;
}

static bool receive(race *in, uint32_t runner)
{
    alignas(16) static _Thread_local char buffer[SIZE];
    in->letter[runner].data = buffer;
    return mhi_mailbox_receive(&mailbox, runner, 0, SIZE, buffer, &in->letter[runner].size) ==
           MH_OK;
}

static bool send(race *in, uint32_t runner)
{
    (void)in;
    return send_letter(&mailbox, runner, runner, SIZE) == MH_OK;
}

static bool confirm(race *in, uint32_t runner)
{
    return mhi_mailbox_confirm(&mailbox, runner, in->letter[runner].place);
}

// Another message, in the same cell, under the eyes of who receives.
static bool take_and_send(race *in, uint32_t runner)
{
    return take(in, runner) && confirm(in, runner) && send(in, runner);
}

// As another thread of the same process.
static bool confirm_too(race *in, uint32_t runner)
{
    (void)runner;
    return confirm(in, ONE);
}

static bool end(race *in, uint32_t runner)
{
    (void)in;
    (void)runner;
    mhi_mailbox_end(&mailbox);
    return true;
}

// Whether that is the end, for nobody can send any more.
static bool end_and_see(race *in, uint32_t runner)
{
    return end(in, runner) && look(in, runner) == MH_END;
}

static bool settle_the_other(race *in, uint32_t runner)
{
    (void)in;
    (void)runner;
    mhi_mailbox_settle(&mailbox, OTHER, HEIR);
    return true;
}

// Sleeps until there is a message or the end. Never woken, it never returns.
static bool wait_for_one(race *in, uint32_t runner)
{
    mhi_event *filled = &mailbox.head->filled;
    for (;;) {
        uint32_t seen = mhi_event_prepare(filled);
        mh_status status = look(in, runner);
        if (status != MH_TIMEOUT) {
            mhi_event_leave(filled);
            return status == MH_OK;
        }
        mhi_event_sleep(filled, seen, UINT64_MAX);
    }
}

// ---- one thing, and two who want it -------------------------------------------------------------

static void begin_afresh(race *in)
{
    expect(in, mhi_mailbox_begin(&mailbox, &arena, AREA, in->cells) == MH_OK);
}

static void send_one(race *in)
{
    expect(in, send(in, HEIR));
}

static void let_one_take(race *in)
{
    send_one(in);
    expect(in, take(in, ONE));
}

static void empty_it(race *in)
{
    while (take(in, HEIR))
        expect(in, confirm(in, HEIR));
}

// It is empty, and all of its places can be used.
static void expect_empty(race *in)
{
    expect(in, mhi_mailbox_count(&mailbox) == 0 && !take(in, HEIR));
    for (uint32_t i = 0; i < in->cells; i++)
        expect(in, send(in, HEIR));
    expect(in, !send(in, HEIR));
    empty_it(in);
}

static void expect_one_took(race *in, bool one_got, bool other_got)
{
    uint32_t winner = one_got ? ONE : OTHER;
    expect(in, one_got != other_got);
    expect(in, is_letter(&in->letter[winner], HEIR, SIZE));
    expect(in, confirm(in, winner));
    expect_empty(in);
}

static void expect_one_received(race *in, bool one_got, bool other_got)
{
    expect(in, one_got != other_got);
    expect(in, is_letter(&in->letter[one_got ? ONE : OTHER], HEIR, SIZE));
    expect_empty(in);
}

// The first message or the second, as it may be.
static void expect_unmixed(race *in, bool one_got, bool has_sent)
{
    expect(in, one_got || has_sent);
    if (one_got)
        expect(in, is_letter(&in->letter[ONE], has_sent ? OTHER : HEIR, SIZE));
    if (!one_got)
        empty_it(in);
    expect_empty(in);
}

static void expect_one_sent(race *in, bool one_got, bool other_got)
{
    expect(in, one_got != other_got);
    expect(in, take(in, HEIR));
    expect(in, is_letter(&in->letter[HEIR], one_got ? ONE : OTHER, SIZE));
    expect(in, confirm(in, HEIR));
    expect_empty(in);
}

static void expect_one_confirmed(race *in, bool one_got, bool other_got)
{
    expect(in, one_got != other_got);
    expect_empty(in);
}

// The message comes to one that lives: at once, or behind the others when it is settled.
static void let_the_other_die(race *in)
{
    send_one(in);
    expect(in, take(in, OTHER));
}

static bool take_as_heir(race *in, uint32_t runner)
{
    (void)runner;
    return take(in, HEIR);
}

static void expect_it_came_back(race *in, bool is_settled, bool has_come)
{
    expect(in, is_settled && (has_come || take(in, HEIR)));
    expect(in, is_letter(&in->letter[HEIR], HEIR, SIZE));
    expect(in, confirm(in, HEIR));
    expect_empty(in);
}

// ---- the end ------------------------------------------------------------------------------------

static void expect_sent_or_ended(race *in, bool was_sent, bool is_ended)
{
    expect(in, is_ended && take(in, HEIR) == was_sent);
    if (was_sent)
        expect(in, confirm(in, HEIR));
    expect(in, look(in, HEIR) == MH_END);
}

// Who has seen the end has missed nothing.
static void expect_no_message_after_end(race *in, bool has_seen_end, bool was_sent)
{
    expect(in, !(has_seen_end && was_sent));
}

static void let_one_take_the_last(race *in)
{
    begin_afresh(in);
    let_one_take(in);
    mhi_mailbox_end(&mailbox);
}

static void expect_confirmed_and_ended(race *in, bool is_confirmed, bool has_come)
{
    expect(in, is_confirmed && !has_come);
    expect(in, look(in, HEIR) == MH_END);
}

static void expect_ended(race *in, bool is_ended, bool has_come)
{
    expect(in, is_ended && !has_come);
}

static bool send_and_end(race *in, uint32_t runner)
{
    return send(in, runner) && end(in, runner);
}

static void expect_it_came(race *in, bool was_sent, bool has_come)
{
    expect(in, was_sent && has_come && is_letter(&in->letter[OTHER], ONE, SIZE));
}

// ---- all of them --------------------------------------------------------------------------------

static const race races[] = {
    {send_one, take, take, expect_one_took, .cells = 1},
    {send_one, take, take, expect_one_took, .cells = 3},
    {send_one, receive, receive, expect_one_received, .cells = 1},
    {send_one, receive, take_and_send, expect_unmixed, .cells = 1},
    {empty_it, send, send, expect_one_sent, .cells = 1},
    {let_one_take, confirm, confirm_too, expect_one_confirmed, .cells = 1},
    {let_one_take, confirm, confirm_too, expect_one_confirmed, .cells = 2},
    {let_the_other_die, settle_the_other, take_as_heir, expect_it_came_back, .cells = 1},
    {let_the_other_die, settle_the_other, take_as_heir, expect_it_came_back, .cells = 3},
    {begin_afresh, send, end, expect_sent_or_ended, .cells = 2},
    {begin_afresh, end_and_see, send, expect_no_message_after_end, .cells = 1},
    {begin_afresh, end, wait_for_one, expect_ended, .cells = 2},
    {let_one_take_the_last, confirm, wait_for_one, expect_confirmed_and_ended, .cells = 2},
    {begin_afresh, send_and_end, wait_for_one, expect_it_came, .cells = 2},
};
enum { RACES = sizeof races / sizeof *races };

START_TEST(two_who_meet_agree)
{
    static race in;
    in = races[_i];
    in.seed = (uint64_t)_i;
    run_races(&in);
}
END_TEST

int main(void)
{
    TCase *meetings = tcase_create("meetings");
    tcase_set_timeout(meetings, 60);
    tcase_add_loop_test(meetings, two_who_meet_agree, 0, RACES);
    Suite *suite = suite_create("mailbox, two at once");
    suite_add_tcase(suite, meetings);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
