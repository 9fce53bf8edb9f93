// Tasks that have ended while nobody looked: what is asked of them afterwards is answered by what
// is true, and not by what was last seen.
#include "support/submitted.h"

START_TEST(N3_what_has_ended_unseen_cannot_be_cancelled_any_more)
{
    set_stage();
    mh_pool *pool = open_kind(_i, 1);
    for (int round = 0; round < 50; round++) {
        mh_task *first = submit(pool, &echo, round);
        mh_task *second = submit(pool, &waiting, 0);
        pass_gate(RUNNING); // so the first has ended, for there is one worker
        if (round % 2 == 0)
            ck_assert_int_eq(mh_task_cancel(first), MH_END);
        else
            ck_assert_int_eq(mh_task_set_priority(first, 3), MH_END);
        open_gate(GO_ON, 1);
        ck_assert_int_eq(number_of(first), round);
        ck_assert_int_eq(number_of(second), 0);
    }
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("unseen ends");
    TCase *tests = add_case(suite, "kinds", 20);
    tcase_add_loop_test(tests, N3_what_has_ended_unseen_cannot_be_cancelled_any_more,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
