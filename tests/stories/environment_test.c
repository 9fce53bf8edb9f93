// The environment of worker processes: as many threads for BLAS and OpenMP as each may have,
// unless the user said otherwise; and a list for each worker, which its replacement finds as
// well.
#include "support/refused.h"
#include "support/submitted.h"

enum { WORKERS = 3, ROOM = 40 };

static const char *const kin[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"};
enum { KIN = 3 };

static void forget_all_kin(void)
{
    for (int i = 0; i < KIN; i++)
        unsetenv(kin[i]);
}

typedef struct look {
    char in_setup[ROOM], in_run[ROOM];
} look;

static void look_up(char text[ROOM], const char *name)
{
    const char *value = getenv(name);
    snprintf(text, ROOM, "%s", value != NULL ? value : "(not set)");
}

static mh_status look_in_setup(mh_call *call, mh_bytes argument, void **state)
{
    (void)call;
    static look seen; // of a process: its own
    look_up(seen.in_setup, argument.data);
    *state = &seen;
    return MH_OK;
}

// The item is the name of a variable, or the order to crash.
static mh_status look_in_run(mh_call *call, mh_bytes item)
{
    if (strcmp(item.data, "crash") == 0)
        abort();
    look *seen = mh_state(call);
    look_up(seen->in_run, item.data);
    return mh_return(call, seen, sizeof *seen);
}

static void end_looking(mh_call *call, void *state)
{
    (void)call;
    (void)state;
}
static const mh_routine looking = {
    .name = "look", .setup = look_in_setup, .run = look_in_run, .teardown = end_looking};

static mh_pool *open_looking(int kind, int workers, const char *name,
                             const char *const *const *environment)
{
    mh_bytes arguments[16];
    for (int i = 0; i < workers; i++)
        arguments[i] = mh_bytes_of_text(name);
    mh_pool_options options = options_of(kind, workers);
    options.routine = &looking;
    options.arguments = arguments;
    options.environment = environment;
    return open_with(&options);
}

static mh_task *ask_for(mh_pool *pool, const char *name)
{
    mh_task *task = NULL;
    ck_assert_int_eq(mh_submit(pool, NULL, mh_bytes_of_text(name), NULL, &task), MH_OK);
    return task;
}

// What the setup saw, if that is asked for, and what the run sees.
static void assert_sees(mh_pool *pool, const char *name, const char *wanted, bool in_setup)
{
    mh_task *task = ask_for(pool, name);
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    look seen = mh_result_as(look, result);
    ck_assert_msg(strcmp(seen.in_run, wanted) == 0, "%s is %s, not %s", name, seen.in_run,
                  wanted);
    if (in_setup)
        ck_assert_str_eq(seen.in_setup, wanted);
    mh_task_drop(task);
}

// ---- a thread for each processor ----------------------------------------------------------------

static const struct share {
    const char *cpus;
    int workers;
    const char *threads;
} shares[] = {{"8", 2, "4"}, {"8", 8, "1"}, {"6", 3, "2"}, {"4", 1, "4"}, {"2", 5, "1"}};
enum { SHARES = sizeof shares / sizeof *shares };

START_TEST(N8_all_workers_together_have_a_thread_for_each_processor)
{
    const struct share *share = &shares[_i % SHARES];
    ck_assert_int_eq(setenv("MH_CPUS", share->cpus, 1), 0);
    forget_all_kin();
    for (int i = 0; i < KIN; i++) {
        mh_pool *pool = open_looking(WITH_PROCESSES + _i / SHARES, share->workers, kin[i],
                                     NULL);
        assert_sees(pool, kin[i], share->threads, true);
        mh_pool_close(pool);
        ck_assert_ptr_null(getenv(kin[i])); // the program's own is as it was
    }
}
END_TEST

START_TEST(N8_what_the_program_says_itself_counts)
{
    ck_assert_int_eq(setenv("MH_CPUS", "8", 1), 0);
    forget_all_kin();
    ck_assert_int_eq(setenv(kin[0], "3", 1), 0);
    mh_pool *pool = open_looking(_i, 2, kin[0], NULL);
    assert_sees(pool, kin[0], "3", true);
    assert_sees(pool, kin[1], "4", false);
    mh_pool_close(pool);
    ck_assert_str_eq(getenv(kin[0]), "3");
}
END_TEST

START_TEST(N8_threads_of_the_program_are_left_alone)
{
    forget_all_kin();
    mh_pool *pool = open_looking(_i, 1, kin[0], NULL);
    assert_sees(pool, kin[0], "(not set)", true);
    mh_pool_close(pool);
}
END_TEST

// ---- a list for each worker ---------------------------------------------------------------------

static const char *const list_0[] = {"HAND=left", "OMP_NUM_THREADS=7", NULL};
static const char *const list_1[] = {"HAND=right=not left", "STORY=", NULL};
static const char *const list_2[] = {NULL};
static const char *const *const lists[WORKERS] = {list_0, list_1, list_2};
static const char *const hands[WORKERS] = {"left", "right=not left", "both"};

static mh_pool *open_with_lists(int kind)
{
    forget_all_kin();
    mh_log_limit(MH_LOG_OFF); // crashes are told
    ck_assert_int_eq(setenv("MH_CPUS", "12", 1), 0);
    ck_assert_int_eq(setenv("HAND", "both", 1), 0);
    ck_assert_int_eq(setenv("STORY", "once", 1), 0);
    return open_looking(kind, WORKERS, "HAND", lists);
}

// Asks until each worker has answered.
static void assert_each_has_its_own(mh_pool *pool, const char *name,
                                    const char *const wanted[WORKERS], bool in_setup)
{
    for (int seen = 0; seen != (1 << WORKERS) - 1;) {
        mh_task *tasks[3 * WORKERS];
        for (int i = 0; i < 3 * WORKERS; i++)
            tasks[i] = ask_for(pool, name);
        for (int i = 0; i < 3 * WORKERS; i++) {
            mh_result result = wait_for(tasks[i]);
            look found = mh_result_as(look, result);
            ck_assert_str_eq(found.in_run, wanted[result.worker]);
            if (in_setup)
                ck_assert_str_eq(found.in_setup, wanted[result.worker]);
            seen |= 1 << result.worker;
            mh_task_drop(tasks[i]);
        }
    }
}

START_TEST(N8_each_worker_finds_its_own_list_in_setup_and_run)
{
    static const char *const threads[WORKERS] = {"7", "4", "4"};
    static const char *const stories[WORKERS] = {"once", "", "once"};
    mh_pool *pool = open_with_lists(_i);
    assert_each_has_its_own(pool, "HAND", hands, true);
    assert_each_has_its_own(pool, kin[0], threads, false);
    assert_each_has_its_own(pool, "STORY", stories, false);
    mh_pool_close(pool);
    ck_assert_str_eq(getenv("HAND"), "both");
}
END_TEST

START_TEST(N8_a_replacement_finds_the_list_of_its_predecessor)
{
    mh_pool *pool = open_with_lists(_i);
    for (int round = 0; round < 5; round++) {
        mh_task *crashing = ask_for(pool, "crash");
        assert_outcome(crashing, MH_CRASHED);
        ck_assert_int_eq(setenv("HAND", "another", 1), 0); // too late for anybody
        assert_each_has_its_own(pool, "HAND", hands, true);
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(N8_the_lists_are_copied)
{
    char text[] = "HAND=left";
    const char *list[] = {text, NULL};
    const char *const *one[] = {list};
    mh_log_limit(MH_LOG_OFF);
    mh_pool *pool = open_looking(_i, 1, "HAND", one);
    memset(text, 'x', sizeof text - 1);
    list[0] = NULL;
    one[0] = NULL;
    assert_sees(pool, "HAND", "left", true);
    assert_outcome(ask_for(pool, "crash"), MH_CRASHED);
    assert_sees(pool, "HAND", "left", true);
    mh_pool_close(pool);
}
END_TEST

// ---- what makes no sense ------------------------------------------------------------------------

static void assert_refuses(int kind, const char *text, const char *words)
{
    const char *const list[] = {"GOOD=yes", text, NULL};
    const char *const *const one[] = {list};
    mh_pool *const before = (mh_pool *)&heard, *pool = before;
    mh_pool_options options = options_of(kind, 1);
    options.environment = one;
    hear_everything();
    assert_invalid(mh_pool_open(&pool, &options), words);
    ck_assert_ptr_eq(pool, before);
}

START_TEST(N8_only_worker_processes_have_an_environment_of_their_own)
{
    assert_refuses(_i, "HAND=left", "environment");
}
END_TEST

START_TEST(N8_what_is_no_assignment_is_refused)
{
    assert_refuses(_i, "HAND", "HAND");
    assert_refuses(_i, "", "");
    assert_refuses(_i, "=left", "=left");
    const char *const *const one[] = {list_0};
    mh_pool *pool = open_looking(_i, 1, "HAND", one); // a good one is as good as ever
    assert_sees(pool, "HAND", "left", true);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("environment");
    TCase *tests = add_case(suite, "processes", 15);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, N8_all_workers_together_have_a_thread_for_each_processor, 0,
                        SHARES * (KINDS - WITH_PROCESSES));
    tcase_add_loop_test(tests, N8_what_the_program_says_itself_counts, first, KINDS);
    tcase_add_loop_test(tests, N8_threads_of_the_program_are_left_alone, 0, WITH_PROCESSES);
    tcase_add_loop_test(tests, N8_each_worker_finds_its_own_list_in_setup_and_run, first,
                        KINDS);
    tcase_add_loop_test(tests, N8_a_replacement_finds_the_list_of_its_predecessor, first,
                        KINDS);
    tcase_add_loop_test(tests, N8_the_lists_are_copied, first, KINDS);
    tcase_add_loop_test(tests, N8_only_worker_processes_have_an_environment_of_their_own, 0,
                        WITH_PROCESSES);
    tcase_add_loop_test(tests, N8_what_is_no_assignment_is_refused, first, KINDS);
    return run_suite(suite);
}
