// Address space that runs out inside a worker: the item fails for want of memory, the worker lives on.
#include <sys/resource.h>
#include <unistd.h>

#include "support/heard.h"
#include "support/story.h"

enum { MIB = 1 << 20, LARGE = 64 * MIB };

// From now on this process may map a little more, and no more.
static bool use_up_address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    bool known = file != NULL && fscanf(file, "%lu", &pages) == 1;
    if (file != NULL)
        fclose(file);
    rlim_t most = pages * (rlim_t)sysconf(_SC_PAGESIZE) + 8 * MIB;
    return known && setrlimit(RLIMIT_AS, &(struct rlimit){most, most}) == 0;
}

static mh_status reserve_large(mh_call *call, mh_bytes item)
{
    void *room;
    if (mh_index(call) == 0 && !use_up_address_space())
        return mh_fail(call, 1, "no limit could be set");
    if (mh_index(call) % 2 == 1)
        return mh_return(call, item.data, item.size);
    mh_status status = mh_reserve(call, 1000, &room);
    if (status == MH_OK)
        memset(room, 'x', 1000);
    return status == MH_OK ? mh_reserve(call, LARGE, &room) : status;
}
static const mh_routine greedy = {.name = "reserve large", .run = reserve_large};

START_TEST(N10_when_address_space_runs_out_the_item_fails_and_the_worker_lives_on)
{
    listen_to_log(MH_LOG_OFF);
    mh_pool *pool = open_kind(_i, 1);
    mh_map *map = open_map(pool, &greedy, mh_source_range(0, 12, 1),
                           (mh_map_options){.chunk = 3});
    for (uint64_t i = 0; i < 12; i++) {
        mh_result result = take(map);
        ck_assert_uint_eq(result.index, i);
        if (i % 2 == 1) {
            assert_done(&result, i);
            ck_assert_int_eq(mh_result_as(int64_t, result), (int64_t)i);
            continue;
        }
        ck_assert_msg(result.outcome == MH_FAILED, "item %d %s: %s", (int)i,
                      mh_outcome_text(result.outcome), result.message);
        ck_assert_int_eq(result.code, MH_NO_MEMORY);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("address space");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) // which need much of it
    TCase *tests = add_case(suite, "processes", 20);
    tcase_add_loop_test(tests,
                        N10_when_address_space_runs_out_the_item_fails_and_the_worker_lives_on,
                        WITH_PROCESSES, KINDS);
#else
    (void)N10_when_address_space_runs_out_the_item_fails_and_the_worker_lives_on;
#endif
    return run_suite(suite);
}
