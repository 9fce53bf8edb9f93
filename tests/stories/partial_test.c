// Partials: some arguments bound now, the rest given at the submit; of any types and sizes, and
// again and again from the same beginning.
#include "support/heard.h"
#include "support/submitted.h"

static int64_t subtract(int64_t left, int64_t right)
{
    return left - right;
}
MH_ROUTINE_2(subtracting, subtract, int64_t, int64_t, int64_t);

typedef struct address {
    char street[21];
    short number;
} address;

static double weigh(char unit, address from, double weight)
{
    double factor = unit == 'k' ? 1000 : 1;
    return factor * weight + from.number + (double)strlen(from.street);
}
MH_ROUTINE_3(weighing, weigh, char, address, double, double);

static mh_partial *bind_first(const mh_routine *routine, mh_bytes bound)
{
    mh_partial *partial = NULL;
    mh_status status = mh_partial_open(&partial, routine, bound);
    ck_assert_msg(status == MH_OK, "binding: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(partial);
    return partial;
}

static mh_partial *bind_next(const mh_partial *from, mh_bytes bound)
{
    mh_partial *partial = NULL;
    ck_assert_int_eq(mh_partial_bind(&partial, from, bound), MH_OK);
    ck_assert_ptr_nonnull(partial);
    return partial;
}

static mh_task *submit_rest(const mh_partial *partial, mh_pool *pool, mh_bytes rest)
{
    mh_task *task = NULL;
    ck_assert_int_eq(mh_partial_submit(partial, pool, rest, NULL, &task), MH_OK);
    return task;
}

START_TEST(P4_one_argument_is_bound_and_the_other_given_later)
{
    mh_pool *pool = open_kind(_i, 2);
    int64_t bound = 50;
    mh_partial *from_fifty = bind_first(&subtracting, MH_BYTES_OF(bound));
    bound = 7; // it was copied
    mh_task *tasks[30];
    for (int64_t i = 0; i < 30; i++)
        tasks[i] = submit_rest(from_fifty, pool, MH_BYTES_OF(i));
    mh_partial_close(from_fifty); // and so were these
    for (int64_t i = 0; i < 30; i++)
        ck_assert_int_eq(number_of(tasks[i]), 50 - i);
    mh_pool_close(pool);
}
END_TEST

static double weight_of(mh_task *task)
{
    mh_result result = wait_for(task);
    ck_assert_msg(result.outcome == MH_DONE, "%s", result.message);
    double weight = mh_result_as(double, result);
    mh_task_drop(task);
    return weight;
}

START_TEST(P4_arguments_may_be_of_any_type_and_bound_in_several_steps)
{
    mh_pool *pool = open_kind(_i, 2);
    address home = {.street = "Rue", .number = 12}, work = {.street = "Main Street"};
    double two = 2, three = 3;
    mh_partial *kilos = bind_first(&weighing, MH_BYTES_OF((char){'k'}));
    mh_partial *from_home = bind_next(kilos, MH_BYTES_OF(home));
    mh_partial *from_work = bind_next(kilos, MH_BYTES_OF(work));
    mh_partial_close(kilos); // what was made of it stays
    mh_partial *all = bind_next(from_home, MH_BYTES_OF(three));
    mh_task *tasks[] = {submit_rest(from_home, pool, MH_BYTES_OF(two)),
                        submit_rest(from_work, pool, MH_BYTES_OF(two)),
                        submit_rest(all, pool, (mh_bytes){0})};
    mh_partial_close(from_home);
    mh_partial_close(from_work);
    mh_partial_close(all);
    ck_assert_double_eq(weight_of(tasks[0]), 2015);
    ck_assert_double_eq(weight_of(tasks[1]), 2011);
    ck_assert_double_eq(weight_of(tasks[2]), 3015);
    mh_pool_close(pool);
}
END_TEST

START_TEST(P4_too_few_or_too_many_arguments_are_a_failed_task)
{
    mh_pool *pool = open_kind(_i, 1);
    int64_t number = 5;
    mh_partial *one = bind_first(&subtracting, MH_BYTES_OF(number));
    mh_partial *two = bind_next(one, MH_BYTES_OF(number));
    mh_task *tasks[] = {submit_rest(one, pool, (mh_bytes){0}),
                        submit_rest(two, pool, MH_BYTES_OF(number)),
                        submit_rest(two, pool, (mh_bytes){0})};
    for (int i = 0; i < 2; i++) {
        mh_result result = wait_for(tasks[i]);
        ck_assert_int_eq(result.outcome, MH_FAILED);
        ck_assert_int_eq(result.code, MH_INVALID);
        ck_assert_str_eq(result.message,
                         i == 0 ? "the arguments of subtract have 8 bytes, not 24"
                                : "the arguments of subtract have 40 bytes, not 24");
        mh_task_drop(tasks[i]);
    }
    ck_assert_int_eq(number_of(tasks[2]), 0);
    mh_partial_close(one);
    mh_partial_close(two);
    mh_pool_close(pool);
}
END_TEST

// ---- a routine that takes its arguments apart itself --------------------------------------------

static mh_status join_texts(mh_call *call, mh_bytes item)
{
    char joined[200] = "";
    size_t at = 0;
    while (at < item.size) {
        const char *text = (const char *)item.data + at;
        if ((size_t)text % 16 != 0)
            return mh_fail(call, 1, "an argument at a crooked address");
        strcat(joined, text);
        at = mh_argument_at(at + strlen(text) + 1);
    }
    return mh_return(call, joined, strlen(joined) + 1);
}

START_TEST(P4_texts_of_any_length_each_begin_at_a_multiple_of_16)
{
    mh_routine joining = {.name = "join", .run = join_texts};
    mh_partial *first = bind_first(&joining, mh_bytes_of_text("Many "));
    joining = (mh_routine){0}; // it was copied
    mh_pool *pool = open_kind(_i, 2);
    mh_partial *second = bind_next(first, mh_bytes_of_text("hands make it all "));
    mh_partial *third = bind_next(second, mh_bytes_of_text("fifteen letter "));
    mh_task *task = submit_rest(third, pool, mh_bytes_of_text("and sixteen more"));
    mh_result result = wait_for(task);
    ck_assert_int_eq(result.outcome, MH_DONE);
    ck_assert_str_eq(result.data, "Many hands make it all fifteen letter and sixteen more");
    mh_task_drop(task);
    mh_partial_close(third);
    mh_partial_close(first);
    mh_partial_close(second);
    mh_pool_close(pool);
}
END_TEST

static mh_status add_bytes(mh_call *call, mh_bytes item)
{
    int64_t sum = 0;
    for (size_t i = 0; i < item.size; i++)
        sum += ((const unsigned char *)item.data)[i];
    return mh_return(call, &sum, sizeof sum);
}
static const mh_routine adding_bytes = {.name = "add bytes", .run = add_bytes};

START_TEST(P4_arguments_may_be_large_as_far_as_the_pool_allows)
{
    enum { SIZE = 1000000 };
    listen_to_log(MH_LOG_WARNING);
    mh_pool_options options = options_of(_i, 1);
    options.item_limit = 2 * SIZE + 64;
    mh_pool *pool = open_with(&options);
    char *large = malloc(SIZE);
    memset(large, 1, SIZE);
    mh_bytes bytes = {.data = large, .size = SIZE};
    mh_partial *partial = bind_first(&adding_bytes, bytes);
    mh_partial *more = bind_next(partial, bytes);
    mh_task *task = NULL;
    forget_heard();
    ck_assert_int_eq(mh_partial_submit(more, pool, bytes, NULL, &task), MH_TOO_LARGE);
    ck_assert_ptr_null(task);
    ck_assert_int_eq(lines_heard(), 1);
    ck_assert_int_eq(number_of(submit_rest(partial, pool, bytes)), 2 * SIZE);
    free(large);
    ck_assert_int_eq(number_of(submit_rest(more, pool, (mh_bytes){0})), 2 * SIZE);
    mh_partial_close(partial);
    mh_partial_close(more);
    mh_pool_close(pool);
}
END_TEST

// ---- with all that a submit can do --------------------------------------------------------------

static void add_result(void *context, mh_task *task, const mh_result *result)
{
    int64_t *sum = context;
    (void)task;
    *sum += mh_result_as(int64_t, *result);
}

START_TEST(P4_a_partial_is_submitted_with_options_as_anything_else)
{
    int64_t bound = 100, rest = 1, sum = 0;
    mh_partial *partial = bind_first(&subtracting, MH_BYTES_OF(bound));
    mh_pool *pool = open_kind(_i, 2);
    mh_task_options options = {.priority = -4, .on_end = add_result, .context = &sum};
    mh_task *task;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(mh_partial_submit(partial, pool, MH_BYTES_OF(rest), &options, NULL),
                         MH_OK);
    ck_assert_int_eq(mh_partial_submit(partial, pool, MH_BYTES_OF(rest), &options, &task),
                     MH_OK);
    ck_assert_int_eq(mh_task_priority(task), -4);
    ck_assert_ptr_eq(mh_task_context(task), &sum);
    ck_assert_int_eq(number_of(task), 99);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    ck_assert_int_eq(sum, 11 * 99);
    mh_partial_close(partial);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partials");
    TCase *tests = add_case(suite, "kinds", 15);
    tcase_add_loop_test(tests, P4_one_argument_is_bound_and_the_other_given_later, 0, KINDS);
    tcase_add_loop_test(tests, P4_arguments_may_be_of_any_type_and_bound_in_several_steps, 0,
                        KINDS);
    tcase_add_loop_test(tests, P4_too_few_or_too_many_arguments_are_a_failed_task, 0, KINDS);
    tcase_add_loop_test(tests, P4_texts_of_any_length_each_begin_at_a_multiple_of_16, 0, KINDS);
    tcase_add_loop_test(tests, P4_arguments_may_be_large_as_far_as_the_pool_allows, 0, KINDS);
    tcase_add_loop_test(tests, P4_a_partial_is_submitted_with_options_as_anything_else, 0,
                        KINDS);
    return run_suite(suite);
}
