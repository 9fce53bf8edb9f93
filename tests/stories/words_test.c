// What a routine says: its last word counts, long messages are cut, and misuse does no harm.
#include "support/story.h"

enum { CUT = 1000 };

static mh_status speak(mh_call *call, mh_bytes item)
{
    static char many[4 * CUT];
    int way = *(const int *)item.data;
    void *room;
    memset(many, 'm', sizeof many - 1);
    switch (way) {
    case 0: // the last result counts
        mh_return(call, "first", 6);
        return mh_return(call, "second", 7);
    case 1: // grown and shrunk in place
        mh_reserve(call, 3, &room);
        memcpy(room, "abc", 3);
        mh_reserve(call, 100000, &room);
        ((char *)room)[3] = 'd';
        return mh_reserve(call, 4, &room);
    case 2: // a failure takes the result away
        mh_return(call, "half", 5);
        return mh_fail(call, 2, "%s", "changed my mind");
    case 3: // words without a failure are none
        mh_fail(call, 3, "a trifle");
        return mh_return(call, "fine", 5);
    case 4:
        return mh_fail(call, 4, "%s", many);
    case 5: // the last words count
        mh_fail(call, 1, "first");
        return mh_fail(call, -5, "second %d", 2);
    case 6:
        return mh_fail(call, 0, "%s", "");
    case 7:
        return (mh_status)12345;
    default: // nothing at all
        return MH_OK;
    }
}
static const mh_routine speaker = {.name = "speak", .run = speak};

static const struct expected {
    mh_outcome outcome;
    int code;
    const char *words; // of the result, or the message
    size_t size;
} all_expected[] = {
    {MH_DONE, 0, "second", 7},
    {MH_DONE, 0, "abcd", 4},
    {MH_FAILED, 2, "changed my mind", 0},
    {MH_DONE, 0, "fine", 5},
    {MH_FAILED, 4, NULL, 0},
    {MH_FAILED, -5, "second 2", 0},
    {MH_FAILED, 0, "", 0},
    {MH_FAILED, 12345, "no such status", 0},
    {MH_DONE, 0, "", 0},
};
enum { WAYS = sizeof all_expected / sizeof *all_expected };

static void assert_spoken(const mh_result *result, const struct expected *expected)
{
    ck_assert_int_eq(result->outcome, expected->outcome);
    ck_assert_int_eq(result->code, expected->code);
    ck_assert_uint_eq(result->size, expected->size);
    if (result->outcome == MH_DONE && expected->size > 0)
        ck_assert_mem_eq(result->data, expected->words, expected->size);
    else if (result->outcome != MH_DONE && expected->words != NULL)
        ck_assert_str_eq(result->message, expected->words);
    else if (result->outcome != MH_DONE)
        ck_assert_uint_eq(strlen(result->message), CUT);
}

START_TEST(M9_the_last_word_of_a_routine_counts)
{
    static const size_t chunks[] = {0, 1, 4, WAYS};
    static const int ways[WAYS] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    mh_pool *pool = open_kind(_i, 2);
    for (size_t c = 0; c < 4; c++) {
        mh_map *map = open_map(pool, &speaker, mh_source_array(ways, WAYS, sizeof *ways),
                               (mh_map_options){.chunk = chunks[c]});
        for (int i = 0; i < WAYS; i++) {
            mh_result result = take(map);
            assert_spoken(&result, &all_expected[i]);
        }
        assert_ends(map, MH_END);
        mh_map_close(map);
    }
    mh_pool_close(pool);
}
END_TEST

// ---- what it can ask ----------------------------------------------------------------------------

typedef struct facts {
    int worker;
    uint64_t index;
    void *state;
    bool cancelled;
    mh_status refused[4];
} facts;

static mh_status ask(mh_call *call, mh_bytes item)
{
    (void)item;
    facts told = {.worker = mh_worker(call),
                  .index = mh_index(call),
                  .state = mh_state(call),
                  .cancelled = mh_is_cancelled(call)};
    told.refused[0] = mh_return(call, NULL, 5);
    told.refused[1] = mh_reserve(call, 5, NULL);
    told.refused[2] = mh_return(NULL, &told, sizeof told);
    told.refused[3] = mh_fail(NULL, 1, "nobody");
    return mh_return(call, &told, sizeof told);
}
static const mh_routine asking = {.name = "ask", .run = ask};

START_TEST(M9_a_routine_learns_its_facts_and_misuse_is_refused)
{
    mh_pool *pool = open_kind(_i, 2);
    mh_map *map = open_map(pool, &asking, mh_source_range(0, 40, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < 40; i++) {
        mh_result result = take(map);
        assert_done(&result, i);
        facts told = mh_result_as(facts, result);
        ck_assert_uint_eq(told.index, i);
        ck_assert_int_eq(told.worker, result.worker);
        ck_assert_ptr_null(told.state);
        ck_assert(!told.cancelled);
        for (int r = 0; r < 4; r++)
            ck_assert_int_eq(told.refused[r], MH_INVALID);
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M9_the_last_word_of_a_routine_counts, 0, KINDS);
    tcase_add_loop_test(tests, M9_a_routine_learns_its_facts_and_misuse_is_refused, 0, KINDS);
    return run_suite(suite);
}
