// Chunks: how many items travel together shows in nothing but the time it takes.
#include "support/story.h"

enum { ITEMS = 300, LINE = 100 };

// Results of all sizes, none, failures with and without words.
static mh_status vary(mh_call *call, mh_bytes item)
{
    static const char filling[5000] = {'x'};
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    if (number % 11 == 5)
        return mh_fail(call, (int)number, "%d does not please", (int)number);
    if (number % 29 == 7)
        return MH_SYSTEM;
    if (number % 13 == 2)
        return MH_OK;
    return mh_return(call, filling, (size_t)(number * 37 % 5000));
}
static const mh_routine varied = {.name = "vary", .run = vary};

typedef char account[ITEMS + 1][LINE]; // what became of each item, and how the map ended

static void write_down(const mh_result *result, char line[LINE])
{
    snprintf(line, LINE, "%llu %s %d %zu %s", (unsigned long long)result->index,
             mh_outcome_text(result->outcome), result->code, result->size, result->message);
}

static void run_and_tell(int kind, mh_map_options options, account lines)
{
    memset(lines, 0, sizeof(account));
    mh_pool *pool = open_kind(kind, 2);
    mh_map *map = open_map(pool, &varied, mh_source_range(0, ITEMS, 1), options);
    mh_result result;
    mh_status status;
    int count = 0;
    for (; (status = mh_map_next(map, &result, MH_FOREVER)) == MH_OK; count++) {
        ck_assert_int_lt(count, ITEMS);
        write_down(&result, lines[count]);
    }
    for (uint64_t i = 0; mh_map_error(map, i, &result) == MH_OK; i++)
        write_down(&result, lines[count++]);
    snprintf(lines[ITEMS], LINE, "%d in all: %s", count, mh_status_text(status));
    mh_map_close(map);
    mh_pool_close(pool);
}

static const size_t chunks[] = {0, 1, 2, 3, 5, 16, 64, 299, 300, 1000};
enum { CHUNKS = sizeof chunks / sizeof *chunks };

START_TEST(M13_no_chunk_size_changes_results_or_errors)
{
    static account reference, lines;
    for (int on_error = MH_ON_ERROR_RETURN; on_error <= MH_ON_ERROR_DEFER; on_error += 2) {
        mh_map_options options = {.on_error = (mh_on_error)on_error, .chunk = 1};
        run_and_tell(SERIAL, options, reference);
        ck_assert_str_eq(reference[ITEMS], on_error == MH_ON_ERROR_RETURN
                                               ? "300 in all: there is nothing more to come"
                                               : "300 in all: some of the work ended badly");
        options.chunk = chunks[_i % CHUNKS];
        run_and_tell(_i / CHUNKS, options, lines);
        for (int i = 0; i <= ITEMS; i++)
            ck_assert_str_eq(lines[i], reference[i]);
    }
}
END_TEST

START_TEST(M13_no_window_changes_results_or_errors)
{
    static const size_t windows[] = {1, 2, 5, 63, 64, 65, 300, 1000};
    static account reference, lines;
    run_and_tell(SERIAL, (mh_map_options){.chunk = 1}, reference);
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        run_and_tell(_i, (mh_map_options){.window = windows[w]}, lines);
        for (int i = 0; i <= ITEMS; i++)
            ck_assert_str_eq(lines[i], reference[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunks");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M13_no_chunk_size_changes_results_or_errors, 0, KINDS * CHUNKS);
    tcase_add_loop_test(tests, M13_no_window_changes_results_or_errors, 0, KINDS);
    return run_suite(suite);
}
