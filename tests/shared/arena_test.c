// Arena: areas that grow and keep what they hold, and give memory back.

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "platform/platform.h"
#include "shared/arena.h"

static const mhi_arena_shape shape = {.fixed_size = 1000, .limit = 1 << 20, .areas = 20};
static mhi_arena arena;

static void open_arena(void)
{
    mh_log_limit(MH_LOG_OFF);
    ck_assert_int_eq(mhi_arena_open(&arena, &shape), MH_OK);
}

static void close_arena(void)
{
    mhi_arena_close(&arena);
}

static char *write_area(uint32_t area, uint64_t size)
{
    char *address;
    uint64_t room;
    ck_assert_int_eq(mhi_arena_write(&arena, area, size, &address, &room), MH_OK);
    ck_assert_uint_ge(room, size);
    return address;
}

static unsigned char pattern(uint32_t area, uint64_t at)
{
    return (unsigned char)(at * 131 + area * 17 + (at >> 12));
}

static void fill(char *address, uint32_t area, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i++)
        address[i] = (char)pattern(area, i);
}

static void expect_filled(const char *address, uint32_t area, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        if ((unsigned char)address[i] != pattern(area, i))
            ck_abort_msg("area %u differs at byte %llu", area, (unsigned long long)i);
}

static uint64_t bytes_of_memory(void)
{
    struct stat facts;
    ck_assert_int_eq(fstat(arena.fd, &facts), 0);
    return (uint64_t)facts.st_blocks * 512;
}

// ---- areas --------------------------------------------------------------------------------------

START_TEST(the_fixed_part_begins_as_zero_bytes)
{
    for (uint64_t i = 0; i < shape.fixed_size; i++)
        ck_assert_int_eq(arena.fixed[i], 0);
    ck_assert_uint_eq((uintptr_t)arena.fixed % 128, 0);
}
END_TEST

START_TEST(an_area_keeps_its_content_when_it_grows)
{
    uint64_t filled = 0;
    for (uint64_t size = 1; size <= 5 << 20; size = size * 3 / 2 + 1) {
        char *address = write_area(3, size);
        expect_filled(address, 3, filled);
        fill(address, 3, filled, size);
        filled = size;
    }
    expect_filled(mhi_arena_read(&arena, 3, filled), 3, filled);
}
END_TEST

START_TEST(what_lies_beyond_the_size_but_in_the_room_may_be_written)
{
    char *address;
    uint64_t room;
    ck_assert_int_eq(mhi_arena_write(&arena, 0, 1, &address, &room), MH_OK);
    fill(address, 0, 0, room);
    ck_assert_ptr_eq(write_area(0, room), address);
    expect_filled(mhi_arena_read(&arena, 0, room), 0, room);
}
END_TEST

START_TEST(areas_do_not_meet)
{
    enum { SIZE = 300000 };
    for (uint32_t area = 0; area < shape.areas; area++)
        fill(write_area(area, SIZE), area, 0, SIZE);
    memset(arena.fixed, 0xff, shape.fixed_size);
    for (uint32_t area = 0; area < shape.areas; area++)
        expect_filled(mhi_arena_read(&arena, area, SIZE), area, SIZE);
}
END_TEST

START_TEST(a_size_beyond_the_area_is_refused)
{
    char *address = NULL;
    uint64_t room = 77;
    const uint64_t sizes[] = {arena.stride + 1, UINT64_MAX / 2, UINT64_MAX};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(mhi_arena_write(&arena, 1, sizes[i], &address, &room), MH_TOO_LARGE);
        ck_assert_ptr_null(mhi_arena_read(&arena, 1, sizes[i]));
    }
    ck_assert_ptr_null(address);
    ck_assert_uint_eq(room, 77);
    ck_assert_uint_gt(arena.stride, shape.limit);
}
END_TEST

// A worker that ran wild may have written anything where it keeps how much an area has.
START_TEST(a_damaged_room_is_not_believed)
{
    static const uint64_t wild[] = {UINT64_MAX, UINT64_MAX / 2 + 2, UINT64_C(1) << 60};
    write_area(2, 5000);
    arena.rooms[2] = wild[_i];
    char *address;
    uint64_t room = 0;
    if (mhi_arena_write(&arena, 2, 100, &address, &room) == MH_OK)
        ck_assert_uint_le(room, arena.views[2].size);
    mhi_arena_trim(&arena, 2, 0);
}
END_TEST

// ---- memory -------------------------------------------------------------------------------------

START_TEST(what_is_not_touched_takes_no_memory)
{
    mhi_arena_close(&arena);
    const mhi_arena_shape wide = {
        .fixed_size = 4096, .limit = UINT64_C(1) << 36, .areas = 500000};
    ck_assert_int_eq(mhi_arena_open(&arena, &wide), MH_OK);
    ck_assert_uint_le(bytes_of_memory(), 64 << 10);
    fill(write_area(499999, 10000), 1, 0, 10000);
    expect_filled(mhi_arena_read(&arena, 499999, 10000), 1, 10000);
    ck_assert_uint_le(bytes_of_memory(), 128 << 10);
}
END_TEST

START_TEST(a_trim_gives_memory_back_all_but_a_little)
{
    enum { SIZE = 4 << 20, LIMIT = 1 << 20, LITTLE = 64 << 10 };
    write_area(0, 1); // so that the page of the rooms is there
    uint64_t before = bytes_of_memory();
    fill(write_area(5, SIZE), 5, 0, SIZE);
    ck_assert_uint_ge(bytes_of_memory(), before + SIZE);
    mhi_arena_trim(&arena, 5, LIMIT);
    ck_assert_uint_le(bytes_of_memory(), before + LITTLE);
    char *address = write_area(5, SIZE);
    for (uint64_t i = LITTLE; i < SIZE; i++)
        if (address[i] != 0)
            ck_abort_msg("byte %llu was given back and is not zero", (unsigned long long)i);
}
END_TEST

START_TEST(a_trim_below_the_limit_changes_nothing)
{
    fill(write_area(6, 10000), 6, 0, 10000);
    uint64_t before = bytes_of_memory();
    mhi_arena_trim(&arena, 6, 1 << 20);
    ck_assert_uint_eq(bytes_of_memory(), before);
    expect_filled(mhi_arena_read(&arena, 6, 10000), 6, 10000);
    mhi_arena_trim(&arena, 7, 0); // was never used
}
END_TEST

START_TEST(a_large_view_is_not_kept)
{
    enum { SIZE = (64 << 20) + 1 };
    write_area(8, SIZE)[SIZE - 1] = 'x';
    ck_assert_uint_ge(arena.views[8].size, SIZE);
    mhi_arena_trim(&arena, 8, 4096);
    ck_assert_uint_eq(arena.views[8].size, 0);
    ck_assert_int_eq(write_area(8, SIZE)[SIZE - 1], 0);
}
END_TEST

// ---- failures -----------------------------------------------------------------------------------

static int open_descriptors(void)
{
    int count = 0;
    DIR *folder = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

START_TEST(an_open_that_fails_leaves_nothing)
{
    int before = open_descriptors();
    mh_status status = MH_NO_MEMORY;
    for (uint64_t nth = 1; status != MH_OK; nth++) {
        ck_assert_uint_lt(nth, 10);
        mhi_arena other;
        mhi_fail_after(nth);
        status = mhi_arena_open(&other, &shape);
        if (status == MH_OK)
            mhi_arena_close(&other);
        else
            ck_assert_int_eq(status, MH_NO_MEMORY);
        ck_assert_int_eq(open_descriptors(), before);
    }
    ck_assert_uint_ge(mhi_demands(), 3);
}
END_TEST

START_TEST(an_area_that_cannot_grow_stays_as_it_was)
{
    fill(write_area(12, 5000), 12, 0, 5000);
    char *address;
    uint64_t room;
    mhi_fail_after(1);
    ck_assert_int_eq(mhi_arena_write(&arena, 12, 500000, &address, &room), MH_NO_MEMORY);
    expect_filled(mhi_arena_read(&arena, 12, 5000), 12, 5000);
    expect_filled(write_area(12, 500000), 12, 5000);
}
END_TEST

int main(void)
{
    TCase *areas = tcase_create("areas");
    tcase_add_checked_fixture(areas, open_arena, close_arena);
    tcase_set_timeout(areas, 20);
    tcase_add_test(areas, the_fixed_part_begins_as_zero_bytes);
    tcase_add_test(areas, an_area_keeps_its_content_when_it_grows);
    tcase_add_test(areas, what_lies_beyond_the_size_but_in_the_room_may_be_written);
    tcase_add_test(areas, areas_do_not_meet);
    tcase_add_test(areas, a_size_beyond_the_area_is_refused);
    tcase_add_test(areas, what_is_not_touched_takes_no_memory);
    tcase_add_test(areas, a_trim_gives_memory_back_all_but_a_little);
    tcase_add_test(areas, a_trim_below_the_limit_changes_nothing);
    tcase_add_test(areas, a_large_view_is_not_kept);
    tcase_add_test(areas, an_open_that_fails_leaves_nothing);
    tcase_add_test(areas, an_area_that_cannot_grow_stays_as_it_was);
    TCase *damage = tcase_create("damage");
    tcase_add_checked_fixture(damage, open_arena, close_arena);
    tcase_add_loop_test(damage, a_damaged_room_is_not_believed, 0, 3);
    Suite *suite = suite_create("arena");
    suite_add_tcase(suite, areas);
    suite_add_tcase(suite, damage);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
