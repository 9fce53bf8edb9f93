// Hear: workers that die between having said something and having rung for it, and workers that ran wild
// and damaged what they had said.

#include "worker/hear.h"
#include "worker/home.h"
#include "worker/say.h"

#include "support/heard.h"
#include "support/submitted.h"

static mhi_lines *own_lines(void)
{
    return &mhi_home_shop()->lines[mhi_home_number()];
}

static void add_unrung(const char *words)
{
    mhi_lines_add(own_lines(),
                  (mhi_line){.size = (uint32_t)strlen(words),
                             .kind = MHI_LINE_USERS,
                             .level = MH_LOG_ERROR},
                  words);
}

enum way { UNRUNG, DROPPED, BAD_SIZE, BAD_LEVEL, BAD_INDEX, BAD_BELOW, WAYS };

static mh_status run_wild(mh_call *call, mh_bytes item)
{
    (void)call;
    mhi_lines *lines = own_lines();
    switch ((enum way) * (const int64_t *)item.data) {
    case DROPPED:
        mhi_lines_drop(lines);
        mhi_lines_drop(lines);
        break;
    case BAD_SIZE:
        add_unrung("to be damaged");
        memset(lines->bytes, 0xff, 64);
        break;
    case BAD_LEVEL:
        mhi_lines_add(lines, (mhi_line){.size = 4, .kind = 999, .level = 999}, "loud");
        break;
    case BAD_INDEX:
        lines->written += UINT64_C(1) << 40;
        break;
    case BAD_BELOW:
        lines->written -= 8;
        break;
    default:
        add_unrung("words without a ring");
        break;
    }
    abort();
}
static const mh_routine wild = {.name = "run wild", .run = run_wild};

static const char *const heard_of[WAYS] = {
    [UNRUNG] = "words without a ring\n",
    [DROPPED] = "2 lines were dropped by worker 0\n",
    [BAD_SIZE] = "what worker 0 has said is damaged, and lost\n",
    [BAD_LEVEL] = "loud\n",
    [BAD_INDEX] = "what worker 0 has said is damaged, and lost\n",
    [BAD_BELOW] = "what worker 0 has said is damaged, and lost\n",
};

static mh_status speak_in_order(mh_call *call, mh_bytes item)
{
    mh_log(MH_LOG_ERROR, "in order");
    return mh_return(call, item.data, item.size);
}
static const mh_routine orderly = {.name = "speak in order", .run = speak_in_order};

// It is heard before the death is spoken of, and so before it is settled.
START_TEST(what_a_dead_worker_left_is_heard_first)
{
    int kind = WITH_PROCESSES + _i / WAYS, way = _i % WAYS;
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(kind, 1);
    mh_task *task = submit(pool, &wild, way);
    assert_outcome(task, MH_CRASHED);
    while (!was_heard("was killed by SIGABRT"))
        sched_yield(); // it is said last
    pthread_mutex_lock(&heard_lock);
    ck_assert_msg(strncmp(heard.text, heard_of[way], strlen(heard_of[way])) == 0, "%s",
                  heard.text);
    pthread_mutex_unlock(&heard_lock);
    forget_heard();
    for (int again = 0; again < 3; again++) { // who takes its seat has a sound ring
        number_of(submit(pool, &orderly, 1));
        ck_assert_int_eq(lines_heard(), again + 1);
    }
    ck_assert(was_heard("in order\nin order\nin order\n"));
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    unsetenv("MH_LOG");
    Suite *suite = suite_create("hear");
    TCase *tests = add_case(suite, "the dead", 30);
    tcase_add_loop_test(tests, what_a_dead_worker_left_is_heard_first, 0, 2 * WAYS);
    return run_suite(suite);
}
