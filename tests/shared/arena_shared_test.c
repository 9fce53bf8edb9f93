// Arena, shared: it is the same for every process that has it, however it came by it.

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/arena.h"

static const mhi_arena_shape shape = {.fixed_size = 1000, .limit = 1 << 20, .areas = 20};
static mhi_arena arena;

static void open_arena(void)
{
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

static int be_another_process(int fd)
{
    mhi_arena mine;
    if (mhi_arena_attach(&mine, &shape, fd) != MH_OK)
        return 1;
    const char *seen = mhi_arena_read(&mine, 9, 200000);
    char *address;
    uint64_t room;
    if (seen == NULL || strcmp(mine.fixed, "from the first") != 0)
        return 2;
    for (uint64_t i = 0; i < 200000; i++)
        if ((unsigned char)seen[i] != pattern(9, i))
            return 3;
    if (mhi_arena_write(&mine, 10, 3000000, &address, &room) != MH_OK)
        return 4;
    fill(address, 10, 0, 3000000);
    strcpy(mine.fixed, "from the second");
    mhi_arena_close(&mine);
    return 0;
}

START_TEST(another_process_with_the_descriptor_sees_the_same)
{
    strcpy(arena.fixed, "from the first");
    fill(write_area(9, 200000), 9, 0, 200000);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        _exit(be_another_process(arena.fd));
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(arena.fixed, "from the second");
    ck_assert_uint_ge(arena.rooms[10], 3000000);
    expect_filled(mhi_arena_read(&arena, 10, 3000000), 10, 3000000);
}
END_TEST

START_TEST(a_child_begins_without_the_views_of_its_parent)
{
    fill(write_area(11, 70000), 11, 0, 70000);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        mhi_arena_begin_child(&arena);
        const char *seen = mhi_arena_read(&arena, 11, 70000);
        _exit(seen != NULL && (unsigned char)seen[69999] == pattern(11, 69999) ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

int main(void)
{
    TCase *areas = tcase_create("areas");
    tcase_add_checked_fixture(areas, open_arena, close_arena);
    tcase_add_test(areas, another_process_with_the_descriptor_sees_the_same);
    tcase_add_test(areas, a_child_begins_without_the_views_of_its_parent);
    Suite *suite = suite_create("arena, shared");
    suite_add_tcase(suite, areas);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
