// Lines, all at once: one writes as fast as it can, one reads, as threads and as processes; and a
// writer that is killed after each machine instruction that left the ring different. Whatever
// comes is whole, once and in order; what was added before the death comes.

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/lines.h"

enum { LINES = 60000 };

static mhi_lines *ring;

static void make_ring(void)
{
    ring = mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(ring, MAP_FAILED);
}

// Mostly short, sometimes as long as can be.
static uint32_t size_of(uint64_t number)
{
    return number % 97 == 0 ? MHI_LINE_MOST : 8 + (uint32_t)(number * 31 % 300);
}

static void write_line(uint64_t number, char *text)
{
    uint32_t size = size_of(number);
    memset(text, (int)('a' + number % 26), size);
    memcpy(text, &number, sizeof number);
}

static bool add(uint64_t number)
{
    static _Thread_local char text[MHI_LINE_MOST];
    write_line(number, text);
    return mhi_lines_add(
        ring, (mhi_line){.size = size_of(number), .kind = 3, .level = (uint16_t)(number % 7)},
        text);
}

static bool is_right(uint64_t number, const mhi_line *line, const char *text)
{
    static _Thread_local char wanted[MHI_LINE_MOST];
    write_line(number, wanted);
    return line->size == size_of(number) && line->kind == 3 && line->level == number % 7 &&
           memcmp(text, wanted, line->size) == 0;
}

// ---- hammered -----------------------------------------------------------------------------------

// Waits when the ring is full; of every 5 such times it drops one line instead.
static void *write_all(void *drops)
{
    uint64_t full = 0;
    for (uint64_t number = 0; number < LINES; number++)
        while (!add(number)) {
            if (drops != NULL && full++ % 5 == 0) {
                mhi_lines_drop(ring);
                break;
            }
            mhi_lines_wait(ring, size_of(number));
        }
    return NULL;
}

// Returns how many were dropped, as it is told.
static uint64_t read_all(void)
{
    static char text[MHI_LINE_MOST + 1];
    uint64_t next = 0, dropped = 0;
    mhi_line line;
    while (next < LINES) {
        uint64_t end = mhi_lines_end(ring);
        while (mhi_lines_has(ring, end)) {
            ck_assert(mhi_lines_take(ring, &line, text));
            uint64_t gap = mhi_lines_note_dropped(ring, line.dropped);
            dropped += gap;
            next += gap;
            ck_assert_msg(is_right(next, &line, text), "line %llu is not what it should be",
                          (unsigned long long)next);
            next++;
        }
        if (next >= LINES - 1) { // the last may be one that was dropped
            uint64_t gap = mhi_lines_note_dropped(ring, UINT64_MAX);
            dropped += gap;
            next += gap;
        }
    }
    return dropped;
}

START_TEST(two_threads)
{
    pthread_t writer;
    make_ring();
    ck_assert_int_eq(pthread_create(&writer, NULL, write_all, _i == 0 ? NULL : ring), 0);
    uint64_t dropped = read_all();
    pthread_join(writer, NULL);
    ck_assert(_i != 0 || dropped == 0);
    ck_assert(!mhi_lines_has(ring, mhi_lines_end(ring)));
}
END_TEST

START_TEST(two_processes)
{
    make_ring();
    pid_t writer = fork();
    if (writer == 0) {
        write_all(_i == 0 ? NULL : ring);
        _exit(0);
    }
    read_all();
    ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
    ck_assert(!mhi_lines_has(ring, mhi_lines_end(ring)));
}
END_TEST

// ---- killed at every instant --------------------------------------------------------------------

enum { BEFORE = 3, NEXT = 4 }; // lines that are there, and the number of the one that is added

static void fill_until(uint64_t offset)
{
    memset(ring, 0, sizeof *ring);
    ring->written = offset;
    ring->read = offset;
    for (uint64_t number = 0; number < BEFORE; number++)
        ck_assert(add(number + 1));
}

static void act(bool drops)
{
    if (drops)
        mhi_lines_drop(ring);
    else
        add(NEXT);
}

static pid_t begin(uint64_t offset, bool drops)
{
    int status;
    fill_until(offset);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        raise(SIGSTOP);
        act(drops);
        raise(SIGSTOP);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSTOPPED(status), "it cannot be traced");
    return pid;
}

// Runs one instruction; false: that was the last.
static bool step(pid_t pid)
{
    int status;
    if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 || waitpid(pid, &status, 0) != pid ||
        !WIFSTOPPED(status))
        ck_abort_msg("it cannot be traced any more");
    return WSTOPSIG(status) == SIGTRAP;
}

static uint64_t ring_now(void)
{
    const uint64_t *words = (const uint64_t *)(const void *)ring;
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof *ring / sizeof *words; i++)
        sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return sum;
}

static uint32_t run_until(pid_t pid, uint32_t instant)
{
    uint32_t count = 0;
    uint64_t before = ring_now();
    while (count < instant && step(pid)) {
        uint64_t now = ring_now();
        count += now != before;
        before = now;
    }
    return count;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

// All that was there, then perhaps the one; returns whether. The heir goes on where that leaves it.
static bool expect_rest(void)
{
    static char text[MHI_LINE_MOST + 1];
    mhi_line line;
    bool has_come = false;
    ck_assert(add(NEXT + 1)); // its heir
    for (uint64_t number = 1; number <= NEXT + 1; number++) {
        if (number == NEXT && !has_come) {
            ck_assert(mhi_lines_has(ring, mhi_lines_end(ring)));
            ck_assert(mhi_lines_take(ring, &line, text));
            has_come = is_right(NEXT, &line, text);
            if (has_come)
                continue;
            ck_assert(is_right(NEXT + 1, &line, text));
            break;
        }
        ck_assert(mhi_lines_take(ring, &line, text));
        ck_assert(is_right(number, &line, text));
    }
    ck_assert(!mhi_lines_has(ring, mhi_lines_end(ring)));
    return has_come;
}

static const uint64_t offsets[] = {0, MHI_LINES_SIZE - 400, MHI_LINES_SIZE - 480,
                                   8 * MHI_LINES_SIZE - 504};

START_TEST(the_writer_may_die_at_each_instant)
{
    make_ring();
    pid_t whole = begin(offsets[_i], false);
    uint32_t count = run_until(whole, UINT32_MAX);
    end(whole);
    ck_assert_uint_gt(count, 2);
    ck_assert(expect_rest());
    for (uint32_t instant = 0; instant < count; instant++) {
        pid_t pid = begin(offsets[_i], false);
        ck_assert_uint_eq(run_until(pid, instant), instant);
        end(pid);
        ck_assert_msg(!expect_rest(), "half a line came, killed after %u changes", instant);
    }
}
END_TEST

START_TEST(a_drop_counts_or_does_not)
{
    make_ring();
    pid_t pid = begin(0, true);
    ck_assert_uint_eq(run_until(pid, UINT32_MAX), 1); // one word, at one instant
    end(pid);
    ck_assert_uint_eq(mhi_lines_note_dropped(ring, UINT64_MAX), 1);
    ck_assert(!expect_rest());
}
END_TEST

// Some places forbid it.
static bool may_trace(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(1);
        raise(SIGSTOP);
        _exit(1);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
        return false;
    bool may = ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 &&
               waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return may;
}

int main(void)
{
    TCase *hammered = tcase_create("hammered"), *instants = tcase_create("instants");
    tcase_set_timeout(hammered, 60);
    tcase_set_timeout(instants, 60);
    tcase_add_loop_test(hammered, two_threads, 0, 2);
    tcase_add_loop_test(hammered, two_processes, 0, 2);
    Suite *suite = suite_create("lines, all at once");
    suite_add_tcase(suite, hammered);
    if (may_trace()) {
        tcase_add_loop_test(instants, the_writer_may_die_at_each_instant, 0,
                            sizeof offsets / sizeof *offsets);
        tcase_add_test(instants, a_drop_counts_or_does_not);
        suite_add_tcase(suite, instants);
    } else {
        puts("left out: no process may be traced here");
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
