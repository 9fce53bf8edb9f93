// Trips: how long a short thing takes that is done again and again, one at a time.
//
// A mean would say little about waiting: a few trips take a hundred times as long as the
// others. So a pass makes many trips, sorts their times, and speaks for the one at a certain
// place, as if all had taken as long: half of the trips, or one in a hundred, were slower.
#ifndef BENCH_TRIPS_H
#define BENCH_TRIPS_H

#include "measure.h"

// Goes there and back, and says how many nanoseconds that took. What it needs to get ready
// does not count.
typedef double bench_trip(void *traveller);

enum { BENCH_TRIPS = 2000 }; // in a pass

typedef struct bench_trips {
    int hundredth; // which percentile to speak for
    bench_trip *trip;
    void *traveller;
} bench_trips;

// The context is a bench_trips.
bench_pass bench_trips_pass;

// Compares two kinds of trips in one line, in microseconds.
void bench_compare_trips(const bench_options *options, const char *name, bench_trips *ours,
                         const char *peer_name, bench_trips *peer);

#endif
