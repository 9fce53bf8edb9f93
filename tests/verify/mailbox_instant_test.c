// Mailbox, at every instant: a process that sends, takes, confirms or gives back is killed
// after each machine instruction that left the shared memory different, and the mailbox
// settled. No message that was sent may be lost, none seen half, none twice but one that had
// been taken, and no place may be lost. (Y9)
//
// The process is traced, and runs one instruction at a time. A first one does so to its end,
// and we count how often the memory changed; then for each time another one is killed there.

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "shared/entry.h"
#include "shared/letters.h"
#include "support/traced.h"

enum { HEIR = 1, DEAD = 2, ALIVE = 3, CELLS = 2, AREA = 3 };

static mhi_arena arena;
static mhi_mailbox mailbox;
static mhi_taken in_hand;

static void expect(bool holds, const char *what, uint64_t instant)
{
    if (!holds)
        ck_abort_msg("%s, killed when it had changed something %llu times", what,
                     (unsigned long long)instant);
}

// ---- what the process does ----------------------------------------------------------------------

typedef enum act { SEND, TAKE, RECEIVE, CONFIRM, RETURN } act; // return: give it back

typedef struct deed {
    act act;
    uint64_t number; // of the message, which decides its size
    uint64_t other;  // waits as well; 0: there is none
} deed;

static const deed deeds[] = {
    {SEND, 200, 0},      {SEND, 201, 0},      {SEND, 201, 101},    {SEND, 202, 101},
    {TAKE, 201, 0},      {TAKE, 203, 101},    {TAKE, 200, 103},    {CONFIRM, 201, 0},
    {CONFIRM, 200, 101}, {CONFIRM, 203, 101}, {RECEIVE, 201, 101}, {RECEIVE, 202, 0},
    {RETURN, 201, 0},    {RETURN, 203, 101},
};
enum { DEEDS = sizeof deeds / sizeof *deeds };

// Afterwards it is gone.
static bool ends_it(const deed *it)
{
    return it->act == RECEIVE || it->act == CONFIRM;
}

static void take(uint32_t owner)
{
    if (mhi_mailbox_take(&mailbox, owner, 0, UINT64_MAX, &in_hand) != MH_OK)
        abort();
}

static void send(uint32_t owner, uint64_t number)
{
    if (send_letter(&mailbox, owner, number, size_by_number(number)) != MH_OK)
        abort();
}

static void receive(uint32_t owner)
{
    static char buffer[LARGEST_LETTER];
    uint64_t size;
    if (mhi_mailbox_receive(&mailbox, owner, 0, sizeof buffer, buffer, &size) != MH_OK)
        abort();
}

static void act_it_out(const deed *it)
{
    if (it->act == SEND)
        send(DEAD, it->number);
    else if (it->act == TAKE)
        take(DEAD);
    else if (it->act == RECEIVE)
        receive(DEAD);
    else if (it->act == RETURN)
        mhi_mailbox_settle(&mailbox, DEAD, DEAD);
    else if (!mhi_mailbox_confirm(&mailbox, DEAD, in_hand.place))
        abort();
}

static _Noreturn void live(const deed *it)
{
    mhi_arena_begin_child(&arena);
    be_traced();
    if (!mhi_mailbox_find(&mailbox, &arena, AREA))
        _exit(1);
    if (it->act == CONFIRM || it->act == RETURN)
        take(DEAD);
    raise(SIGSTOP); // before its first instant
    act_it_out(it);
    raise(SIGSTOP); // after its last
    _exit(0);
}

// ---- tracing it ---------------------------------------------------------------------------------

static pid_t begin(const deed *it)
{
    open_mailbox(&mailbox, &arena, CELLS);
    if (it->act != SEND)
        send(ALIVE, it->number);
    if (it->other != 0)
        send(ALIVE, it->other);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        live(it);
    await_stop(pid);
    return pid;
}

// Of what the process shares with others; of areas only the end, which is given back first.
static uint64_t memory_now(void)
{
    enum { END = 8 << 10 };
    uint64_t sum = sum_of(0, arena.fixed, arena.fixed_size);
    sum = sum_of(sum, mailbox.head, mhi_mailbox_view_size(CELLS));
    for (uint32_t i = 1; i <= CELLS; i++)
        sum = sum_of(sum, mhi_arena_read(&arena, AREA + i, KEEPS_MEMORY) + KEEPS_MEMORY - END,
                     END);
    return sum;
}

// Runs until the memory has changed so often, or to its end; returns how often it did.
static uint32_t run_until(pid_t pid, uint32_t instant)
{
    uint32_t count = 0;
    uint64_t before = memory_now();
    while (count < instant && step_traced(pid)) {
        uint64_t now = memory_now();
        count += now != before;
        before = now;
    }
    return count;
}

static uint32_t count_instants(const deed *it)
{
    pid_t pid = begin(it);
    uint32_t count = run_until(pid, UINT32_MAX);
    end_traced(pid);
    close_mailbox(&mailbox);
    return count;
}

// ---- what must hold -----------------------------------------------------------------------------

// What can still be taken. Of the message itself: whether it comes, which is told, and where.
static bool expect_the_rest(const deed *it, uint64_t instant)
{
    bool has_come = false, has_other_come = it->other == 0;
    uint32_t count = mhi_mailbox_count(&mailbox), taken = 0;
    for (; mhi_mailbox_take(&mailbox, ALIVE, 0, UINT64_MAX, &in_hand) == MH_OK; taken++) {
        bool is_other = !has_other_come &&
                        is_letter(&in_hand, it->other, size_by_number(it->other));
        expect(is_other ||
                   (!has_come && is_letter(&in_hand, it->number, size_by_number(it->number))),
               "a message came that is damaged, or came twice", instant);
        expect(is_other || it->act == TAKE || it->act == RECEIVE || has_other_come,
               "it came too early", instant);
        *(is_other ? &has_other_come : &has_come) = true;
        expect(mhi_mailbox_confirm(&mailbox, ALIVE, in_hand.place), "not confirmed", instant);
    }
    expect(has_other_come, "the other message was lost", instant);
    expect(count == taken, "they were counted wrongly", instant);
    return has_come;
}

static void expect_all_places(uint64_t instant)
{
    for (int i = 0; i < CELLS; i++)
        expect(send_letter(&mailbox, ALIVE, 1, 24) == MH_OK, "a place was lost", instant);
    expect(send_letter(&mailbox, ALIVE, 1, 24) == MH_TIMEOUT, "a place was won", instant);
}

// Returns whether the message is there.
static bool is_there_when_killed_at(const deed *it, uint32_t instant)
{
    pid_t pid = begin(it);
    ck_assert_uint_eq(run_until(pid, instant), instant);
    end_traced(pid);
    mhi_mailbox_settle(&mailbox, DEAD, HEIR);
    bool is_there = expect_the_rest(it, instant);
    expect_all_places(instant);
    close_mailbox(&mailbox);
    return is_there;
}

// It is sent, or gone, from one certain instant on.
START_TEST(it_may_die_at_each_instant)
{
    const deed *it = &deeds[_i];
    mh_log_limit(MH_LOG_OFF);
    uint32_t count = count_instants(it);
    bool is_there = is_there_when_killed_at(it, 0);
    ck_assert_uint_gt(count, 0);
    ck_assert_int_eq(is_there, it->act != SEND);
    for (uint32_t instant = 1; instant <= count; instant++) {
        bool was_there = is_there;
        is_there = is_there_when_killed_at(it, instant);
        expect(is_there || it->act == SEND || ends_it(it), "it was lost", instant);
        expect(is_there == was_there || is_there == (it->act == SEND), "it changed back",
               instant);
    }
    ck_assert_int_eq(is_there, !ends_it(it));
}
END_TEST

int main(void)
{
    if (!may_trace()) {
        puts("left out: no process may be traced here");
        return EXIT_SUCCESS;
    }
    TCase *instants = tcase_create("instants");
    tcase_set_timeout(instants, 60);
    tcase_add_loop_test(instants, it_may_die_at_each_instant, 0, DEEDS);
    Suite *suite = suite_create("mailbox, at every instant");
    suite_add_tcase(suite, instants);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
