// Last words: what a worker process has said is heard, up to the line before its death, and before
// anybody is told what became of its task.
#include <pthread.h>
#include <limits.h>
#include <signal.h>

#include "log_story.h"
#include "support/deaths.h"

enum { LAST_LINES = 40 };
enum { SPOKEN = 0, NEVER = 1 }; // gates

static mh_status speak_and_die(mh_call *call, mh_bytes item)
{
    int64_t way = *(const int64_t *)item.data;
    (void)call;
    speak((int)way, 0, LAST_LINES);
    deaths[way].die();
    return MH_OK;
}
static const mh_routine dying = {.name = "speak and die", .run = speak_and_die};

START_TEST(C7_what_was_said_before_a_crash_comes_before_it_is_told)
{
    mh_pool *pool = open_kind(_i, 1);
    open_logbook(MH_LOG_INFO);
    for (int way = 0; way < DEATHS; way++) {
        mh_task *task = submit(pool, &dying, way);
        mh_result result = wait_for(task);
        ck_assert_int_eq(result.outcome, MH_CRASHED);
        assert_lines(way, LAST_LINES);
        mh_task_drop(task);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_what_was_said_before_a_crash_comes_before_the_result_of_a_map)
{
    mh_pool *pool = open_kind(_i, 2);
    open_logbook(MH_LOG_INFO);
    mh_map *map = open_map(pool, &dying, mh_source_range(0, DEATHS, 1), (mh_map_options){0});
    for (int way = 0; way < DEATHS; way++) {
        mh_result result = take(map);
        ck_assert_int_eq(result.outcome, MH_CRASHED);
        assert_lines(way, LAST_LINES);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// ---- killed by others ---------------------------------------------------------------------------

// Says all but its last line, is waited for, and goes on speaking until it is killed.
static mh_status speak_for_ever(mh_call *call, mh_bytes item)
{
    int64_t speaker = *(const int64_t *)item.data;
    (void)call;
    on_stage()->pid[speaker] = getpid();
    speak((int)speaker, 0, LAST_LINES);
    open_gate(SPOKEN, 1);
    for (int line = LAST_LINES; line < INT_MAX; line++)
        speak((int)speaker, line, line + 1);
    return MH_OK;
}
static const mh_routine endless = {.name = "speak for ever", .run = speak_for_ever};

static mh_status speak_and_stay(mh_call *call, mh_bytes item)
{
    int64_t speaker = *(const int64_t *)item.data;
    (void)call;
    on_stage()->pid[speaker] = getpid();
    speak((int)speaker, 0, LAST_LINES);
    open_gate(SPOKEN, 1);
    pass_gate(NEVER);
    return MH_OK;
}
static const mh_routine staying = {.name = "speak and stay", .run = speak_and_stay};

static pid_t parent_of_process(pid_t pid)
{
    char path[64], text[512] = "";
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_int_eq(sscanf(strrchr(text, ')') + 1, " %*c %d", &parent), 1);
    return parent;
}

static void assert_no_gap(int speaker)
{
    ck_assert_int_ge(lines_of(speaker), LAST_LINES);
    ck_assert_int_eq(atomic_load(&logbook.wrong), 0);
}

START_TEST(C7_a_worker_killed_while_it_speaks_leaves_no_gap)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    open_logbook(MH_LOG_INFO);
    for (int speaker = 0; speaker < 20; speaker++) {
        mh_task *task = submit(pool, &endless, speaker);
        pass_gate(SPOKEN);
        if (speaker % 2 == 0)
            ck_assert_int_eq(mh_task_kill(task), MH_OK);
        else
            ck_assert_int_eq(kill(on_stage()->pid[speaker], SIGKILL), 0);
        mh_result result = wait_for(task);
        ck_assert_int_eq(result.outcome, speaker % 2 == 0 ? MH_CANCELLED : MH_CRASHED);
        assert_no_gap(speaker);
        int lines = atomic_load(&logbook.lines);
        mh_task_drop(task);
        ck_assert_int_ge(atomic_load(&logbook.lines), lines);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C7_when_all_workers_are_lost_their_last_words_are_heard)
{
    enum { WORKERS = 3 };
    mh_task *tasks[WORKERS];
    set_stage();
    mh_pool *pool = open_kind(_i % KINDS, WORKERS);
    bool is_quiet = _i >= KINDS;
    open_logbook(MH_LOG_INFO);
    for (int i = 0; i < WORKERS; i++)
        tasks[i] = submit(pool, is_quiet ? &staying : &endless, i);
    for (int i = 0; i < WORKERS; i++)
        pass_gate(SPOKEN);
    ck_assert_int_eq(kill(parent_of_process(on_stage()->pid[0]), SIGKILL), 0);
    for (int i = 0; i < WORKERS; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_int_eq(result.outcome, MH_CRASHED);
        assert_no_gap(i);
        ck_assert(!is_quiet || lines_of(i) == LAST_LINES);
        mh_task_drop(tasks[i]);
    }
    mh_pool_close(pool);
}
END_TEST

static mh_status die_in_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    (void)argument;
    (void)state;
    mh_log(MH_LOG_INFO, "the last word of a setup");
    abort();
}
static const mh_routine stillborn = {
    .name = "die in setup", .setup = die_in_setup, .run = speak_by_number};

START_TEST(C7_what_a_dying_setup_says_is_heard)
{
    mh_pool_options options = options_of(_i, 1);
    options.routine = &stillborn;
    open_logbook(MH_LOG_INFO);
    mh_pool *pool = open_with(&options);
    submit_in_vain(pool, 1);
    mh_pool_close(pool);
    ck_assert(was_noted("the last word of a setup\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log crash");
    TCase *tests = add_case(suite, "deaths", 60);
    tcase_add_loop_test(tests, C7_what_was_said_before_a_crash_comes_before_it_is_told,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_what_was_said_before_a_crash_comes_before_the_result_of_a_map,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_a_worker_killed_while_it_speaks_leaves_no_gap, WITH_PROCESSES,
                        KINDS);
    tcase_add_loop_test(tests, C7_when_all_workers_are_lost_their_last_words_are_heard,
                        WITH_PROCESSES, KINDS);
    tcase_add_loop_test(tests, C7_when_all_workers_are_lost_their_last_words_are_heard,
                        KINDS + WITH_PROCESSES, KINDS + KINDS);
    tcase_add_loop_test(tests, C7_what_a_dying_setup_says_is_heard, WITH_PROCESSES, KINDS);
    return run_suite(suite);
}
