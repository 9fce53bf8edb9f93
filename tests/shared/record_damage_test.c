// Record, damaged: whatever a crashing worker left behind, no reader is led beyond its end.

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "platform/platform.h"
#include "shared/record.h"

static mhi_arena arena;

static void open_arena(void)
{
    mh_log_limit(MH_LOG_OFF);
    mhi_arena_shape shape = {.fixed_size = 16, .limit = 1 << 20, .areas = 3};
    ck_assert_int_eq(mhi_arena_open(&arena, &shape), MH_OK);
}

static void close_arena(void)
{
    mhi_arena_close(&arena);
}

// A small generator of our own, so that a seed means the same everywhere.
static uint64_t chance(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void write_one(mhi_writer *writer, uint64_t size)
{
    void *payload;
    ck_assert_int_eq(mhi_writer_reserve(writer, size, &payload), MH_OK);
    memset(payload, 'p', size);
    mhi_writer_commit(writer, size, 0);
}

enum { PAGES = 4 };

// Bytes that end where no page is: whoever reads beyond them dies.
static char *before_the_abyss(size_t size)
{
    size_t page = mhi_page_size();
    char *memory = mmap(NULL, (PAGES + 1) * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(mprotect(memory + PAGES * page, page, PROT_NONE), 0);
    return memory + PAGES * page - size;
}

static uint64_t a_wild_size(uint64_t *seed, uint64_t size)
{
    switch (chance(seed) % 6) {
    case 0:
        return chance(seed);
    case 1:
        return UINT64_MAX - chance(seed) % 64;
    case 2:
        return size - chance(seed) % 48;
    case 3:
        return 0;
    default:
        return chance(seed) % (size + 32);
    }
}

static void read_all(mhi_reader *reader)
{
    uint64_t before = reader->at, sum = 0;
    for (const mhi_record *record; (record = mhi_reader_next(reader)) != NULL;) {
        const char *payload = mhi_record_payload(record);
        ck_assert(payload + record->size <= reader->base + reader->end);
        ck_assert_uint_gt(reader->at, before);
        ck_assert_uint_le(reader->at, reader->end);
        before = reader->at;
        mh_result result;
        mhi_result_read(record, &result);
        sum += strlen(result.message) + result.size;
        for (uint64_t i = 0; i < result.size; i++)
            sum += ((const unsigned char *)result.data)[i];
    }
    ck_assert_uint_lt(sum, UINT64_MAX); // so that all of it is really read
}

START_TEST(damaged_records_are_never_read_beyond_their_end)
{
    uint64_t seed = 0x2545f4914f6cdd1du * (uint64_t)(_i + 1);
    for (int round = 0; round < 200; round++) {
        uint64_t size = chance(&seed) % (PAGES * 256) * 16;
        char *bytes = before_the_abyss(size);
        for (uint64_t at = 0; at + sizeof(mhi_record) <= size; at += 16)
            *(mhi_record *)(void *)(bytes + at) = (mhi_record){
                .size = chance(&seed) % 3 ? chance(&seed) % 200 : a_wild_size(&seed, size),
                .note = chance(&seed) % 6};
        mhi_reader reader = {.base = bytes, .end = size - chance(&seed) % (size / 64 + 1)};
        read_all(&reader);
        size_t page = mhi_page_size();
        munmap((char *)((uintptr_t)(bytes + size) - PAGES * page), (PAGES + 1) * page);
    }
}
END_TEST

START_TEST(seeking_in_a_damaged_area_stays_in_it)
{
    uint64_t seed = 88172645463325252u;
    for (int round = 0; round < 500; round++) {
        mhi_writer writer;
        mhi_writer_begin(&writer, &arena, 2, 0);
        for (uint64_t i = 0; i < 20; i++)
            write_one(&writer, chance(&seed) % 100);
        uint64_t damaged = mhi_record_seek(&arena, 2, (uint32_t)(chance(&seed) % 20));
        ((mhi_record *)(void *)(writer.base + damaged))->size = a_wild_size(&seed,
                                                                            arena.rooms[2]);
        uint64_t at = mhi_record_seek(&arena, 2, UINT32_MAX);
        ck_assert_uint_le(at, arena.rooms[2]);
        ck_assert_uint_ge(at, damaged);
    }
}
END_TEST

// Where a record begins is aligned, whatever the number says that counts the area's memory.
START_TEST(a_damaged_room_leads_to_no_odd_place)
{
    static const uint64_t rooms[] = {0, 1, 15, 17, 61, 4095, UINT64_MAX, UINT64_MAX / 2};
    mhi_writer writer;
    mhi_writer_begin(&writer, &arena, 2, 0);
    for (int i = 0; i < 5; i++)
        write_one(&writer, 10);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        arena.rooms[2] = rooms[i];
        for (uint32_t number = 0; number < 8; number++)
            ck_assert_uint_eq(mhi_record_seek(&arena, 2, number) % 16, 0);
    }
}
END_TEST

int main(void)
{
    TCase *damage = tcase_create("damage");
    tcase_add_checked_fixture(damage, open_arena, close_arena);
    tcase_add_loop_test(damage, damaged_records_are_never_read_beyond_their_end, 0, 10);
    tcase_add_test(damage, seeking_in_a_damaged_area_stays_in_it);
    tcase_add_test(damage, a_damaged_room_leads_to_no_odd_place);
    Suite *suite = suite_create("record, damaged");
    suite_add_tcase(suite, damage);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
