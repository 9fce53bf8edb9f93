// Options: the command line of the driver.

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands/cpu.h>

static _Noreturn void explain(bool was_asked)
{
    fprintf(was_asked ? stdout : stderr,
            "usage: manyhands-bench [--quick] [--rounds N] [NAME ...]\n"
            "  --quick      a glance: three short rounds, a tenth of the work\n"
            "  --rounds N   rounds of each side, 1 to 99 (7)\n"
            "  NAME         which benchmarks to run, see bench/README.md (all)\n");
    exit(was_asked ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int read_rounds(const char *text)
{
    char *end;
    const long rounds = strtol(text, &end, 10);
    if (*end != '\0' || rounds < 1 || rounds > BENCH_ROUNDS_LIMIT)
        explain(false);
    return (int)rounds;
}

bench_options bench_options_read(int count, char **arguments)
{
    static const struct option known[] = {{"quick", no_argument, NULL, 'q'},
                                          {"rounds", required_argument, NULL, 'r'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    bench_options options = {.program = arguments[0], .workers = mh_cpu_count(NULL)};
    for (int letter; (letter = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        if (letter == 'q')
            options.quick = true;
        else if (letter == 'r')
            options.rounds = read_rounds(optarg);
        else
            explain(letter == 'h');
    }
    if (options.rounds == 0)
        options.rounds = options.quick ? 3 : 7;
    options.round_ns = options.quick ? 20e6 : 200e6;
    options.names = arguments + optind;
    options.name_count = count - optind;
    return options;
}

bool bench_is_wanted(const bench_options *options, const char *name)
{
    if (options->name_count == 0)
        return true;
    for (int i = 0; i < options->name_count; i++)
        if (strcmp(options->names[i], name) == 0)
            return true;
    return false;
}

uint64_t bench_amount(const bench_options *options, uint64_t amount)
{
    return options->quick ? amount / 10 : amount;
}
