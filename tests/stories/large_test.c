// Large items and results: whole, written in place, given back afterwards; and beyond what is allowed
// one item fails and the rest goes on.
#include "support/heard.h"
#include "support/story.h"
#include "support/traces.h"

enum { MIB = 1 << 20, LITTLE = 16 * MIB };

// 256 MiB; with MH_LARGE=1 in the environment 1 GiB.
static size_t large_size(void)
{
    const char *wanted = getenv("MH_LARGE");
    return (size_t)(wanted != NULL && wanted[0] == '1' ? 1024 : 256) * MIB;
}

// The item again, with one byte changed at both ends.
static mh_status change_ends(mh_call *call, mh_bytes item)
{
    void *room;
    mh_status status = mh_reserve(call, item.size, &room);
    if (status != MH_OK)
        return status;
    char *bytes = room;
    memcpy(bytes, item.data, item.size);
    if (item.size > 0) {
        bytes[0]++;
        bytes[item.size - 1]++;
    }
    return MH_OK;
}
static const mh_routine changing = {.name = "change ends", .run = change_ends};

// Items of given sizes, or all of `same`, from one buffer.
typedef struct sizes {
    const size_t *size;
    size_t same;
    int left;
    const char *bytes;
} sizes;

static mh_status next_size(void *context, mh_bytes *item)
{
    sizes *self = context;
    if (self->left-- == 0)
        return MH_END;
    *item = (mh_bytes){.data = self->bytes,
                       .size = self->size != NULL ? *self->size++ : self->same};
    return MH_OK;
}

START_TEST(N10_a_large_item_and_a_large_result_pass_whole)
{
    size_t size = large_size();
    char *item = malloc(size);
    ck_assert_ptr_nonnull(item);
    memset(item, 'a', size);
    item[size / 2] = 'm';
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &changing, mh_source_array(item, 1, size),
                           (mh_map_options){0});
    mh_result result = take(map);
    free(item);
    assert_done(&result, 0);
    ck_assert_uint_eq(result.size, size);
    const char *bytes = result.data;
    ck_assert_int_eq(bytes[0], 'b');
    ck_assert_int_eq(bytes[1], 'a');
    ck_assert_int_eq(bytes[size / 2], 'm');
    ck_assert_int_eq(bytes[size - 1], 'b');
    ck_assert_int_ge(shared_bytes(), (long long)size);
    ck_assert_int_lt(shared_bytes(),
                     5 * (long long)size / 2); // the item, the result, not much more
    assert_ends(map, MH_END);
    ck_assert_int_lt(shared_bytes(), LITTLE); // it went back
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// Forty items of 32 MiB are 1.25 GiB, and as much again of results.
START_TEST(N10_without_a_window_bytes_are_bounded_too)
{
    if (has_thread_sanitizer) // so much is too much for it
        return;
    enum { SIZE = 32 * MIB, COUNT = 40 };
    static char item[SIZE];
    mh_pool *pool = open_kind(_i, 2);
    sizes source = {.bytes = item, .same = SIZE, .left = COUNT};
    mh_map *map = open_map(pool, &changing, mh_source_of(next_size, &source),
                           (mh_map_options){0});
    long long most = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        ck_assert_uint_eq(result.size, SIZE);
        most = shared_bytes() > most ? shared_bytes() : most;
    }
    ck_assert_msg(most < 1000LL * MIB, "%lld MiB", most / MIB);
    mh_map_close(map);
    ck_assert_int_lt(shared_bytes(), LITTLE);
    mh_pool_close(pool);
}
END_TEST

// ---- limits -------------------------------------------------------------------------------------

// Items of these sizes, against this limit: those above it fail, at any place in any chunk.
static void assert_limited(int kind, size_t limit, const size_t *size, int count, size_t chunk)
{
    static char bytes[3 * MIB];
    sizes source = {.size = size, .left = count, .bytes = bytes};
    mh_pool_options options = options_of(kind, 2);
    options.item_limit = limit;
    mh_pool *pool = open_with(&options);
    mh_map *map = open_map(pool, &changing, mh_source_of(next_size, &source),
                           (mh_map_options){.chunk = chunk});
    for (int i = 0; i < count; i++) {
        mh_result result = take(map);
        char words[100];
        snprintf(words, sizeof words, "an item of %zu bytes: %s", size[i],
                 mh_status_text(MH_TOO_LARGE));
        ck_assert_uint_eq(result.index, (uint64_t)i);
        ck_assert_msg(result.outcome == (size[i] > limit ? MH_FAILED : MH_DONE),
                      "limit %zu, item %d of %zu bytes %s: %s", limit, i, size[i],
                      mh_outcome_text(result.outcome), result.message);
        ck_assert_uint_eq(result.size, size[i] > limit ? 0 : size[i]);
        if (size[i] > limit) {
            ck_assert_int_eq(result.code, MH_TOO_LARGE);
            ck_assert_str_eq(result.message, words);
        }
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}

START_TEST(N10_an_item_beyond_the_limit_fails_and_the_rest_goes_on)
{
    static const size_t limits[] = {MIB, 1, 8, 100, 1016, 1017, 5000, 65536, 100000};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        size_t limit = limits[l];
        const size_t size[] = {1,     limit + 1, limit, limit + 1, 2 * limit, limit - 1,
                               limit, limit + 1, 0,     1,         limit + 1, limit};
        int count = sizeof size / sizeof *size;
        assert_limited(_i, limit, size, count, 0);
        assert_limited(_i, limit, size, count, 12);
    }
}
END_TEST

static mh_status return_as_told(mh_call *call, mh_bytes item)
{
    static char bytes[2 * MIB];
    size_t size;
    memcpy(&size, item.data, sizeof size);
    mh_status status = mh_return(call, bytes, size);
    return size % 2 == 0 ? status : MH_OK; // it fails, whatever the routine says
}
static const mh_routine verbose = {.name = "return as told", .run = return_as_told};

START_TEST(N10_a_result_beyond_the_limit_fails_and_the_rest_goes_on)
{
    enum { LIMIT = 100000, COUNT = 8 };
    static const size_t size[COUNT] = {8,         LIMIT, LIMIT + 1, LIMIT + 2,
                                       LIMIT - 1, MIB,   LIMIT,     LIMIT + 1};
    mh_pool_options options = options_of(_i, 2);
    options.item_limit = LIMIT;
    mh_pool *pool = open_with(&options);
    for (size_t chunk = 0; chunk <= COUNT; chunk += 4) {
        mh_map *map = open_map(pool, &verbose, mh_source_array(size, COUNT, sizeof *size),
                               (mh_map_options){.chunk = chunk});
        for (uint64_t i = 0; i < COUNT; i++) {
            mh_result result = take(map);
            ck_assert_uint_eq(result.index, i);
            ck_assert_msg(result.outcome == (size[i] > LIMIT ? MH_FAILED : MH_DONE),
                          "a result of %zu bytes %s", size[i], mh_outcome_text(result.outcome));
            ck_assert_uint_eq(result.size, size[i] > LIMIT ? 0 : size[i]);
            ck_assert_int_eq(result.code, size[i] > LIMIT ? MH_TOO_LARGE : 0);
        }
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

// A setup's argument and a last result may be large as well.
static mh_status keep_argument(mh_call *call, mh_bytes argument, void **state)
{
    char *copy = malloc(argument.size + sizeof(size_t));
    memcpy(copy, &argument.size, sizeof(size_t));
    memcpy(copy + sizeof(size_t), argument.data, argument.size);
    *state = copy;
    return mh_worker(call) >= 0 ? MH_OK : MH_INVALID;
}

static void return_argument(mh_call *call, void *state)
{
    size_t size;
    memcpy(&size, state, sizeof size);
    mh_return(call, (char *)state + sizeof size, size);
    free(state);
}
static const mh_routine keeper = {.name = "keep argument",
                                  .setup = keep_argument,
                                  .run = change_ends,
                                  .teardown = return_argument};

START_TEST(N10_arguments_and_last_results_may_be_large)
{
    static char bytes[2][40 * MIB];
    memset(bytes[0], 'x', sizeof bytes[0]);
    memset(bytes[1], 'y', sizeof bytes[1]);
    const mh_bytes arguments[2] = {MH_BYTES_OF(bytes[0]),
                                   {.data = bytes[1], .size = 7 * MIB + 1}};
    mh_pool_options options = options_of(_i, 2);
    options.routine = &keeper;
    options.arguments = arguments;
    mh_pool *pool = open_with(&options);
    mh_result last;
    int seen = 0;
    for (; mh_pool_next(pool, &last, MH_FOREVER) == MH_OK; seen++) {
        assert_done(&last, (uint64_t)last.worker);
        ck_assert_uint_eq(last.size, arguments[last.worker].size);
        ck_assert_int_eq(memcmp(last.data, bytes[last.worker], last.size), 0);
    }
    ck_assert_int_eq(seen, mh_pool_workers(pool));
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("large items");
    TCase *tests = add_case(suite, "kinds", 60);
    tcase_add_loop_test(tests, N10_a_large_item_and_a_large_result_pass_whole, 0, KINDS);
    tcase_add_loop_test(tests, N10_without_a_window_bytes_are_bounded_too, 0, KINDS);
    tcase_add_loop_test(tests, N10_an_item_beyond_the_limit_fails_and_the_rest_goes_on, 0,
                        KINDS);
    tcase_add_loop_test(tests, N10_a_result_beyond_the_limit_fails_and_the_rest_goes_on, 0,
                        KINDS);
    tcase_add_loop_test(tests, N10_arguments_and_last_results_may_be_large, 0, KINDS);
    return run_suite(suite);
}
