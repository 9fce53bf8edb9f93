// Board, at every instant: a process that opens a bar, ends one, or gives one up is killed after each machine
// instruction that left the board different, and the board settled. No place may be lost, no bar may stay
// open, none may be seen half, and what was seen stays seen until it is cleared. (C4)
//
// And with several processes at once, which the test kills wherever they are.

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shared/board.h"
#include "support/traced.h"

enum { DEAD = 2, ALIVE = 3, CALL = 9, TOTAL = 77 };

static const char title[] = "a title";
static mhi_board *board;

static void expect(bool holds, const char *what, uint64_t instant)
{
    if (!holds)
        ck_abort_msg("%s, killed when it had changed something %llu times", what,
                     (unsigned long long)instant);
}

static void lay_board(void)
{
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                 0);
    ck_assert_ptr_ne(board, MAP_FAILED);
}

static void take_board_away(void)
{
    munmap(board, sizeof *board);
}

static mhi_bar *claim(uint32_t owner)
{
    const mhi_bar_plan plan = {.title = title, .total = TOTAL, .opened_ns = 5, .call = CALL};
    mhi_bar *bar;
    while ((bar = mhi_board_claim(board, owner, &plan)) == NULL)
        sched_yield(); // all are ended, and the reader comes late
    return bar;
}

static mhi_bar *open_one(uint32_t owner)
{
    mhi_bar *bar = claim(owner);
    mhi_board_publish(board, bar);
    return bar;
}

// ---- what the process does ----------------------------------------------------------------------

typedef enum act { OPEN, END, END_CALL, DROP, STEP, ACTS } act;

static mhi_bar *in_hand;

static void act_it_out(act what)
{
    if (what == OPEN)
        open_one(DEAD);
    else if (what == END)
        mhi_board_end(board, in_hand, DEAD, MHI_CLOSED, 1);
    else if (what == END_CALL)
        mhi_board_end_call(board, DEAD, CALL, MHI_LEFT_OPEN);
    else if (what == DROP)
        mhi_board_drop(in_hand);
    else
        atomic_fetch_add_explicit(&in_hand->done, 1, memory_order_relaxed);
}

static _Noreturn void live(act what)
{
    be_traced();
    if (what == DROP)
        in_hand = claim(DEAD);
    else if (what != OPEN)
        in_hand = open_one(DEAD);
    raise(SIGSTOP); // before its first instant
    act_it_out(what);
    raise(SIGSTOP); // after its last
    _exit(0);
}

static pid_t begin(act what)
{
    lay_board();
    open_one(ALIVE); // beside it
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        live(what);
    await_stop(pid);
    return pid;
}

static uint64_t memory_now(void)
{
    enum { PLACES = 3 };
    return sum_of(0, board, offsetof(mhi_board, place) + PLACES * sizeof *board->place);
}

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

static uint32_t count_instants(act what)
{
    pid_t pid = begin(what);
    uint32_t count = run_until(pid, UINT32_MAX);
    end_traced(pid);
    take_board_away();
    return count;
}

// ---- what must hold -----------------------------------------------------------------------------

static void expect_whole(const mhi_bar *bar, uint64_t instant)
{
    expect(strcmp(bar->title, title) == 0 && bar->opened_ns == 5 &&
               atomic_load(&bar->total) == TOTAL && atomic_load(&bar->done) <= 1,
           "a bar was seen half", instant);
}

static uint32_t free_places(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < MH_PROGRESS_LIMIT; i++)
        count += mhi_claim_look(&board->place[i].claim) == MHI_EMPTY;
    return count;
}

// How the bar that is not ALIVE's ended; MHI_RUNS: there is none. As the reader does, it looks no further than
// it must, and clears.
static mhi_ending read_ending(uint64_t instant)
{
    mhi_ending found = MHI_RUNS;
    int open = 0;
    for (uint32_t i = 0; i < mhi_board_used(board); i++) {
        uint64_t word;
        mhi_ending ending;
        if (!mhi_bar_look(&board->place[i], &word, &ending))
            continue;
        expect_whole(&board->place[i], instant);
        open += ending == MHI_RUNS;
        expect(ending == MHI_RUNS || found == MHI_RUNS, "there are two", instant);
        if (ending == MHI_RUNS)
            continue;
        found = ending;
        mhi_bar_clear(&board->place[i]);
    }
    expect(open == 1, "not just the other one is open", instant);
    return found;
}

static mhi_ending how_when_killed_at(act what, uint32_t instant)
{
    pid_t pid = begin(what);
    ck_assert_uint_eq(run_until(pid, instant), instant);
    end_traced(pid);
    uint64_t changes = atomic_load(&board->changes);
    mhi_board_settle(board, DEAD, MHI_CRASHED);
    expect(atomic_load(&board->changes) > changes, "nobody is told", instant);
    mhi_ending ending = read_ending(instant);
    expect(free_places() == MH_PROGRESS_LIMIT - 1, "a place was lost", instant);
    take_board_away();
    return ending;
}

static const mhi_ending firsts[ACTS] = {MHI_RUNS, MHI_CRASHED, MHI_CRASHED, MHI_RUNS,
                                        MHI_CRASHED};
static const mhi_ending lasts[ACTS] = {MHI_CRASHED, MHI_CLOSED, MHI_LEFT_OPEN, MHI_RUNS,
                                       MHI_CRASHED};

// It is open, or has ended, from one certain instant on.
START_TEST(it_may_die_at_each_instant)
{
    act what = (act)_i;
    uint32_t count = count_instants(what);
    ck_assert_uint_gt(count, 0);
    mhi_ending before = firsts[what];
    for (uint32_t instant = 0; instant <= count; instant++) {
        mhi_ending now = how_when_killed_at(what, instant);
        expect(now == before || now == lasts[what], "it changed back", instant);
        before = now;
    }
    ck_assert_int_eq(before, lasts[what]);
}
END_TEST

// ---- several at once ----------------------------------------------------------------------------

enum { PROCESSES = 4, ROUNDS = 60 };

static _Noreturn void open_and_end_for_ever(uint32_t owner)
{
    for (uint64_t i = 0;; i++) {
        mhi_bar *first = open_one(owner), *second = claim(owner);
        atomic_fetch_add_explicit(&first->done, 1, memory_order_relaxed);
        if (i % 2 == 0)
            mhi_board_publish(board, second);
        else
            mhi_board_drop(second);
        mhi_board_end(board, first, owner, MHI_CLOSED, 1);
        mhi_board_end_call(board, owner, CALL, MHI_LEFT_OPEN);
    }
}

static pid_t start(uint32_t owner)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        open_and_end_for_ever(owner);
    return pid;
}

// The one reader. Returns how many it has cleared.
static uint64_t read_all(void)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < mhi_board_used(board); i++) {
        uint64_t word;
        mhi_ending ending;
        if (!mhi_bar_look(&board->place[i], &word, &ending))
            continue;
        expect_whole(&board->place[i], 0);
        if (ending == MHI_RUNS)
            continue;
        mhi_bar_clear(&board->place[i]);
        count++;
    }
    return count;
}

START_TEST(several_open_and_end_and_die)
{
    pid_t pids[PROCESSES];
    uint64_t cleared = 0;
    lay_board();
    for (uint32_t p = 0; p < PROCESSES; p++)
        pids[p] = start(p);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t p = round % PROCESSES;
        for (uint64_t enough = cleared + 100; cleared < enough;)
            cleared += read_all();
        ck_assert_int_eq(kill(pids[p], SIGKILL), 0);
        ck_assert_int_eq(waitpid(pids[p], NULL, 0), pids[p]);
        mhi_board_settle(board, p, MHI_CRASHED);
        pids[p] = start(p);
    }
    for (uint32_t p = 0; p < PROCESSES; p++) {
        kill(pids[p], SIGKILL);
        waitpid(pids[p], NULL, 0);
        mhi_board_settle(board, p, MHI_CRASHED);
    }
    read_all();
    ck_assert_uint_eq(free_places(), MH_PROGRESS_LIMIT);
    take_board_away();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("board, at every instant");
    TCase *instants = tcase_create("instants");
    tcase_set_timeout(instants, 60);
    suite_add_tcase(suite, instants);
    if (may_trace())
        tcase_add_loop_test(instants, it_may_die_at_each_instant, 0, ACTS);
    else
        puts("left out: no process may be traced here");
    tcase_add_test(instants, several_open_and_end_and_die);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
