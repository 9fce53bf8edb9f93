// Lines of a file: each without its newline, whatever else is in it; and a file that cannot be read.
#include "support/heard.h"
#include "support/story.h"

static mh_status give_back(mh_call *call, mh_bytes item)
{
    return mh_return(call, item.data, item.size);
}
static const mh_routine echo = {.name = "echo", .run = give_back};

enum { LONG = 300000 };

static const struct text {
    const char *bytes;
    size_t size;
    int lines;
    struct line {
        const char *bytes;
        size_t size;
    } line[4];
} texts[] = {
    {"", 0, 0, {{0}}},
    {"\n", 1, 1, {{"", 0}}},
    {"\n\n", 2, 2, {{"", 0}, {"", 0}}},
    {"one", 3, 1, {{"one", 3}}},
    {"one\n", 4, 1, {{"one", 3}}},
    {"one\n\ntwo\nlast", 13, 4, {{"one", 3}, {"", 0}, {"two", 3}, {"last", 4}}},
    {"a\0b\n\0\n", 6, 2, {{"a\0b", 3}, {"\0", 1}}},
    {"dos\r\n", 5, 1, {{"dos\r", 4}}},
    {"\n\0", 2, 2, {{"", 0}, {"\0", 1}}},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static FILE *file_of(const char *bytes, size_t size)
{
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    rewind(file);
    return file;
}

static void assert_lines(mh_pool *pool, const struct text *text)
{
    FILE *file = file_of(text->bytes, text->size);
    mh_map *map = open_map(pool, &echo, mh_source_lines(file), (mh_map_options){0});
    ck_assert_uint_eq(mh_map_length(map), MH_LENGTH_UNKNOWN);
    for (int i = 0; i < text->lines; i++) {
        mh_result result = take(map);
        assert_done(&result, (uint64_t)i);
        ck_assert_uint_eq(result.size, text->line[i].size + 1);
        ck_assert_mem_eq(result.data, text->line[i].bytes, text->line[i].size);
        ck_assert_int_eq(((const char *)result.data)[result.size - 1], '\0');
    }
    assert_ends(map, MH_END);
    ck_assert_uint_eq(mh_map_length(map), (uint64_t)text->lines);
    mh_map_close(map);
    ck_assert_int_eq(fclose(file), 0); // it is still the caller's
}

START_TEST(M2_lines_come_without_their_newline_and_with_all_else)
{
    mh_pool *pool = open_kind(_i, 2);
    for (int i = 0; i < TEXTS; i++)
        assert_lines(pool, &texts[i]);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M2_a_line_may_be_long)
{
    static char bytes[2 * LONG];
    memset(bytes, 'x', sizeof bytes);
    bytes[LONG - 1] = '\n';
    mh_pool *pool = open_kind(_i, 2);
    FILE *file = file_of(bytes, sizeof bytes);
    mh_map *map = open_map(pool, &echo, mh_source_lines(file), (mh_map_options){0});
    for (int i = 0; i < 2; i++) {
        mh_result line = take(map);
        ck_assert_uint_eq(line.size, i == 0 ? LONG : LONG + 1);
        ck_assert_uint_eq(strlen(line.data), line.size - 1);
    }
    assert_ends(map, MH_END);
    mh_map_close(map);
    fclose(file);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M2_lines_left_unread_stay_in_the_file)
{
    mh_pool *pool = open_kind(_i, 2);
    FILE *file = file_of("1\n2\n3\n4\n5\n6\n", 12);
    mh_map *map = open_map(pool, &echo, mh_source_lines(file), (mh_map_options){.window = 1});
    take(map);
    mh_result second = take(map);
    ck_assert_str_eq(second.data, "2");
    mh_map_close(map);
    ck_assert_int_eq(fgetc(file), '3');
    fclose(file);
    mh_pool_close(pool);
}
END_TEST

START_TEST(M2_a_file_that_cannot_be_read_fails_the_source)
{
    listen_to_log(MH_LOG_WARNING);
    mh_pool *pool = open_kind(_i, 2);
    FILE *folder = fopen("/", "r"); // it can be opened, but not read
    ck_assert_ptr_nonnull(folder);
    mh_map *map = open_map(pool, &echo, mh_source_lines(folder), (mh_map_options){0});
    assert_ends(map, MH_SOURCE_FAILED);
    ck_assert_msg(was_heard("Is a directory"), "%s", heard.text);
    mh_map_close(map);
    fclose(folder);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lines");
    TCase *tests = add_case(suite, "kinds", 30);
    tcase_add_loop_test(tests, M2_lines_come_without_their_newline_and_with_all_else, 0, KINDS);
    tcase_add_loop_test(tests, M2_a_line_may_be_long, 0, KINDS);
    tcase_add_loop_test(tests, M2_lines_left_unread_stay_in_the_file, 0, KINDS);
    tcase_add_loop_test(tests, M2_a_file_that_cannot_be_read_fails_the_source, 0, KINDS);
    return run_suite(suite);
}
