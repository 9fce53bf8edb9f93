// Printout: exact texts, for each mode, from pieces that end anywhere.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "report/output.h"
#include "support/heard.h"
#include "support/story.h"

// ---- what was said ------------------------------------------------------------------------------

static struct said {
    char text[2][1 << 16];
    size_t size[2];
    int calls;
} said;

static void say(int fd, const char *text, size_t size)
{
    ck_assert(fd == 1 || fd == 2);
    ck_assert_uint_gt(size, 0);
    ck_assert_int_eq(text[size - 1], '\n'); // whole lines only
    size_t *used = &said.size[fd - 1];
    ck_assert_uint_lt(*used + size, sizeof said.text[0]);
    memcpy(said.text[fd - 1] + *used, text, size);
    *used += size;
    said.text[fd - 1][*used] = '\0';
    said.calls++;
}

static mhi_printout *open_printout(mh_output mode)
{
    mhi_printout *printout = NULL;
    said = (struct said){.calls = 0};
    ck_assert_int_eq(mhi_printout_open(&printout, &(mhi_output_options){.mode = mode}, say),
                     MH_OK);
    return printout;
}

static const mhi_subject task_7 = {MH_OUTPUT_OF_TASK, 0, 7, 2, 1234};
static const mhi_subject item_3 = {MH_OUTPUT_OF_ITEM, 1, 3, 0, 1234};
static const mhi_subject worker_2 = {MH_OUTPUT_OF_WORKER, 0, 0, 2, 1234};

static void take_bytes(mhi_printout *printout, const mhi_subject *subject, uint32_t stream,
                       const void *bytes, size_t size)
{
    mhi_printout_take(
        printout,
        &(mhi_piece){.subject = *subject, .stream = stream, .bytes = bytes, .size = size});
}

static void take_text(mhi_printout *printout, const mhi_subject *subject, uint32_t stream,
                      const char *text)
{
    take_bytes(printout, subject, stream, text, strlen(text));
}

static void end(mhi_printout *printout, const mhi_subject *subject)
{
    mhi_printout_take(printout,
                      &(mhi_piece){.subject = *subject, .bytes = "", .has_ended = true});
}

static void assert_said(const char *out, const char *err)
{
    ck_assert_str_eq(said.text[0], out);
    ck_assert_str_eq(said.text[1], err);
}

// ---- lines --------------------------------------------------------------------------------------

START_TEST(C8_lines_are_said_as_soon_as_they_are_whole)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_LINES);
    take_text(printout, &task_7, 0, "on");
    assert_said("", "");
    take_text(printout, &task_7, 0, "e\n");
    assert_said("one\n", "");
    take_text(printout, &task_7, 0, "two\nthree\nfo");
    assert_said("one\ntwo\nthree\n", "");
    ck_assert_int_eq(said.calls, 2); // together
    take_text(printout, &task_7, 1, "error");
    take_text(printout, &item_3, 0, "between\n"); // of another worker
    assert_said("one\ntwo\nthree\nbetween\n", "");
    end(printout, &task_7);
    assert_said("one\ntwo\nthree\nbetween\nfo\n", "error\n");
    end(printout, &item_3);
    mhi_printout_close(printout);
    assert_said("one\ntwo\nthree\nbetween\nfo\n", "error\n");
}
END_TEST

START_TEST(C8_empty_lines_are_lines)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_LINES);
    take_text(printout, &task_7, 0, "\n\n");
    take_text(printout, &task_7, 0, "\n");
    end(printout, &task_7);
    assert_said("\n\n\n", "");
    mhi_printout_close(printout);
}
END_TEST

START_TEST(C8_all_bytes_pass_as_they_are)
{
    char bytes[512];
    for (int i = 0; i < 512; i++)
        bytes[i] = (char)i;
    for (mh_output mode = MH_OUTPUT_LINES; mode <= MH_OUTPUT_TASKS; mode++) {
        mhi_printout *printout = open_printout(mode);
        for (size_t at = 0, size = 1; at < sizeof bytes; at += size, size = size * 3 % 50 + 1) {
            size = size < sizeof bytes - at ? size : sizeof bytes - at;
            take_bytes(printout, &task_7, 0, bytes + at, size);
        }
        end(printout, &task_7);
        size_t begin = mode == MH_OUTPUT_TASKS ? strlen("---- task 7 (worker 2)\n") : 0;
        ck_assert_uint_eq(said.size[0], begin + sizeof bytes + 1); // and a newline
        ck_assert_int_eq(memcmp(said.text[0] + begin, bytes, sizeof bytes), 0);
        mhi_printout_close(printout);
    }
}
END_TEST

START_TEST(C8_what_is_left_is_said_at_the_close)
{
    for (mh_output mode = MH_OUTPUT_LINES; mode <= MH_OUTPUT_PREFIX; mode++) {
        mhi_printout *printout = open_printout(mode);
        take_text(printout, &worker_2, 1, "left");
        mhi_printout_close(printout);
        assert_said("", mode == MH_OUTPUT_LINES   ? "left\n"
                        : mode == MH_OUTPUT_TASKS ? "---- worker 2, stderr\nleft\n"
                                                  : "[worker 2] left\n");
    }
}
END_TEST

// ---- prefix -------------------------------------------------------------------------------------

START_TEST(C8_each_line_says_whose_it_is)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_PREFIX);
    take_text(printout, &worker_2, 0, "ready\n");
    end(printout, &worker_2);
    take_text(printout, &task_7, 0, "on");
    take_text(printout, &item_3, 0, "other");
    take_text(printout, &task_7, 0, "e\n\nthr");
    take_text(printout, &task_7, 1, "error\n");
    take_text(printout, &task_7, 0, "ee");
    end(printout, &task_7);
    take_text(printout, &item_3, 0, " words\n");
    end(printout, &item_3);
    assert_said("[worker 2] ready\n"
                "[worker 2, task 7] one\n"
                "[worker 2, task 7] \n"
                "[worker 2, task 7] three\n"
                "[worker 0, map 1 item 3] other words\n",
                "[worker 2, task 7] error\n");
    mhi_printout_close(printout);
}
END_TEST

// ---- tasks --------------------------------------------------------------------------------------

START_TEST(C8_all_of_a_task_stands_together_below_a_heading)
{
    mhi_printout *printout = open_printout(MH_OUTPUT_TASKS);
    take_text(printout, &task_7, 0, "one\ntw");
    take_text(printout, &item_3, 0, "first\n");
    take_text(printout, &task_7, 1, "error\n");
    take_text(printout, &task_7, 0, "o");
    take_text(printout, &item_3, 0, "second\n");
    assert_said("", "");
    end(printout, &item_3);
    ck_assert_int_eq(said.calls, 1); // heading and all
    assert_said("---- map 1 item 3 (worker 0)\nfirst\nsecond\n", "");
    end(printout, &task_7);
    assert_said("---- map 1 item 3 (worker 0)\nfirst\nsecond\n"
                "---- task 7 (worker 2)\none\ntwo\n",
                "---- task 7 (worker 2), stderr\nerror\n");
    take_text(printout, &worker_2, 0, "goodbye");
    end(printout, &worker_2);
    assert_said("---- map 1 item 3 (worker 0)\nfirst\nsecond\n"
                "---- task 7 (worker 2)\none\ntwo\n"
                "---- worker 2\ngoodbye\n",
                "---- task 7 (worker 2), stderr\nerror\n");
    mhi_printout_close(printout);
}
END_TEST

// ---- no memory ----------------------------------------------------------------------------------

static void print_much(mhi_printout *printout)
{
    char line[1000];
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 20; i++) {
        line[i] = 'y';
        line[sizeof line - 1] = i % 3 == 2 ? '\n' : 'z';
        take_bytes(printout, &task_7, 0, line, sizeof line);
    }
    end(printout, &task_7);
}

static size_t count_bytes(char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < said.size[0]; i++)
        count += said.text[0][i] == byte;
    return count;
}

// Lines and groups are broken up, and no byte is lost.
START_TEST(C8_without_memory_nothing_is_lost)
{
    for (mh_output mode = MH_OUTPUT_LINES; mode <= MH_OUTPUT_PREFIX; mode++) {
        mhi_printout *printout = open_printout(mode);
        print_much(printout);
        size_t wanted = count_bytes('x'), calls = (size_t)said.calls;
        mhi_printout_close(printout);
        for (uint64_t nth = 1; nth < 8; nth++) {
            printout = open_printout(mode);
            mhi_fail_after(nth);
            print_much(printout);
            mhi_fail_after(0);
            ck_assert_uint_eq(count_bytes('x'), wanted);
            if (nth == 1)
                ck_assert_uint_gt((size_t)said.calls, calls);
            mhi_printout_close(printout);
        }
    }
}
END_TEST

START_TEST(C8_a_printout_that_cannot_be_is_refused)
{
    mhi_printout *printout = NULL;
    listen_to_log(MH_LOG_WARNING);
    for (uint64_t nth = 1; nth <= 2; nth++) {
        const mhi_output_options options = {.mode = MH_OUTPUT_FILES, .folder = "."};
        mhi_fail_after(nth);
        ck_assert_int_eq(mhi_printout_open(&printout, &options, say), MH_NO_MEMORY);
        mhi_fail_after(0);
        ck_assert_ptr_null(printout);
        ck_assert_int_eq(lines_heard(), (int)nth);
    }
}
END_TEST

// ---- files --------------------------------------------------------------------------------------

static char folder[64];

static mhi_printout *open_files(void)
{
    mhi_printout *printout = NULL;
    listen_to_log(MH_LOG_WARNING);
    snprintf(folder, sizeof folder, "/tmp/printout-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    const mhi_output_options options = {.mode = MH_OUTPUT_FILES, .folder = folder};
    ck_assert_int_eq(mhi_printout_open(&printout, &options, say), MH_OK);
    return printout;
}

// There is such a file, with this text; and it goes.
static void assert_file(const char *name, const char *wanted)
{
    char path[160], text[256] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file != NULL, "there is no %s", name);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_str_eq(text, wanted);
    ck_assert_int_eq(remove(path), 0);
}

START_TEST(C8_each_task_that_prints_has_a_file)
{
    mhi_printout *printout = open_files();
    take_text(printout, &worker_2, 0, "ready\n");
    end(printout, &worker_2);
    take_text(printout, &task_7, 0, "one\ntw");
    take_text(printout, &item_3, 0, "first");
    take_text(printout, &task_7, 1, "error");
    take_text(printout, &task_7, 0, "o");
    end(printout, &task_7);
    assert_file("task-000000000007.out", "one\ntwo");
    assert_file("task-000000000007.err", "error");
    end(printout, &item_3);
    take_text(printout, &worker_2, 0, "goodbye\n");
    mhi_printout_close(printout);
    assert_file("map-0001-item-000000000003.out", "first");
    assert_file("worker-0002.out", "ready\ngoodbye\n");
    ck_assert_int_eq(remove(folder), 0); // it is empty: there were no others
    ck_assert_int_eq(lines_heard(), 0);
    ck_assert_int_eq(said.calls, 0);
}
END_TEST

START_TEST(C8_files_of_earlier_runs_are_replaced)
{
    char path[160];
    mhi_printout *printout = open_files();
    snprintf(path, sizeof path, "%s/worker-0002.out", folder);
    FILE *file = fopen(path, "we");
    ck_assert_ptr_nonnull(file);
    fputs("earlier", file);
    fclose(file);
    take_text(printout, &worker_2, 0, "now");
    mhi_printout_close(printout);
    assert_file("worker-0002.out", "now");
    ck_assert_int_eq(remove(folder), 0);
}
END_TEST

START_TEST(C8_a_folder_that_is_not_there_or_no_folder_is_refused)
{
    static const char *const bad[] = {"/nowhere/at/all", "/dev/null", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mhi_printout *printout = NULL;
        listen_to_log(MH_LOG_WARNING);
        const mhi_output_options options = {.mode = MH_OUTPUT_FILES, .folder = bad[i]};
        ck_assert_int_eq(mhi_printout_open(&printout, &options, say), MH_NOT_FOUND);
        ck_assert(was_heard("there is no folder"));
        ck_assert_ptr_null(printout);
    }
}
END_TEST

START_TEST(C8_what_cannot_be_written_is_told_once_and_counted)
{
    mhi_printout *printout = open_files();
    ck_assert_int_eq(remove(folder), 0); // behind its back
    take_text(printout, &task_7, 0, "four");
    take_text(printout, &task_7, 1, "more");
    ck_assert_int_eq(lines_heard(), 1);
    ck_assert(was_heard("task-000000000007.out"));
    end(printout, &task_7);
    take_text(printout, &item_3, 0, "again");
    ck_assert_int_eq(lines_heard(), 1);
    mhi_printout_close(printout);
    ck_assert_int_eq(lines_heard(), 2);
    ck_assert(was_heard("13 bytes"));
}
END_TEST

// /dev/full refuses every byte, as a full disk does.
START_TEST(C8_a_full_disk_is_told_once_and_counted)
{
    char path[160];
    mhi_printout *printout = open_files();
    snprintf(path, sizeof path, "%s/task-000000000007.out", folder);
    ck_assert_int_eq(symlink("/dev/full", path), 0);
    take_text(printout, &task_7, 0, "four");
    take_text(printout, &task_7, 0, "more");
    end(printout, &task_7);
    ck_assert_int_eq(lines_heard(), 1);
    ck_assert(was_heard(strerror(ENOSPC)));
    mhi_printout_close(printout);
    ck_assert(was_heard("8 bytes"));
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(remove(folder), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("printout");
    TCase *tests = add_case(suite, "texts", 10);
    tcase_add_test(tests, C8_lines_are_said_as_soon_as_they_are_whole);
    tcase_add_test(tests, C8_empty_lines_are_lines);
    tcase_add_test(tests, C8_all_bytes_pass_as_they_are);
    tcase_add_test(tests, C8_what_is_left_is_said_at_the_close);
    tcase_add_test(tests, C8_each_line_says_whose_it_is);
    tcase_add_test(tests, C8_all_of_a_task_stands_together_below_a_heading);
    tcase_add_test(tests, C8_without_memory_nothing_is_lost);
    tcase_add_test(tests, C8_a_printout_that_cannot_be_is_refused);
    TCase *files = add_case(suite, "files", 10);
    tcase_add_test(files, C8_each_task_that_prints_has_a_file);
    tcase_add_test(files, C8_files_of_earlier_runs_are_replaced);
    tcase_add_test(files, C8_a_folder_that_is_not_there_or_no_folder_is_refused);
    tcase_add_test(files, C8_what_cannot_be_written_is_told_once_and_counted);
    tcase_add_test(files, C8_a_full_disk_is_told_once_and_counted);
    return run_suite(suite);
}
