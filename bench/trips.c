// Trips: the times of a pass, sorted, and the line that two kinds of trips make.

#include "trips.h"

#include <stdlib.h>

static int by_time(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_trips_pass(void *context)
{
    const bench_trips *trips = context;
    static double took[BENCH_TRIPS];
    for (int i = 0; i < BENCH_TRIPS; i++)
        took[i] = trips->trip(trips->traveller);
    qsort(took, BENCH_TRIPS, sizeof *took, by_time);
    return took[BENCH_TRIPS * trips->hundredth / 100] * BENCH_TRIPS;
}

void bench_compare_trips(const bench_options *options, const char *name, bench_trips *ours,
                         const char *peer_name, bench_trips *peer)
{
    const bench_contest contest = {
        .name = name,
        .unit = "us",
        .amount = BENCH_TRIPS * 1e3,
        .ours = {.name = name, .pass = bench_trips_pass, .context = ours},
        .peer = {.name = peer_name, .pass = bench_trips_pass, .context = peer},
    };
    bench_compare(options, &contest);
}
