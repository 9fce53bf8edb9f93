// Pipeline: the peer of threads, as oneTBB's own documentation recommends it for a stream: an
// input filter in order, a parallel one in the middle, an output filter in order, and a bound
// on how many items are in flight. The items are plain numbers, which the pipeline passes on
// without allocating.

#include "pipeline.h"

#include <chrono>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace
{

constexpr std::size_t tokens = 64;

std::uint64_t sum_of_pipeline(std::uint64_t count)
{
    std::uint64_t next = 0;
    std::uint64_t sum = 0;
    const auto read = [&](tbb::flow_control &control) -> long {
        if (next == count) {
            control.stop();
            return 0;
        }
        return static_cast<long>(next++);
    };
    const auto work = [](long number) { return number + 1; };
    const auto add = [&](long number) { sum += static_cast<std::uint64_t>(number); };
    using tbb::filter_mode;
    tbb::parallel_pipeline(tokens,
                           tbb::make_filter<void, long>(filter_mode::serial_in_order, read) &
                               tbb::make_filter<long, long>(filter_mode::parallel, work) &
                               tbb::make_filter<long, void>(filter_mode::serial_in_order, add));
    return sum;
}

} // namespace

double bench_pipeline_pass(void *context)
{
    const auto *pipeline = static_cast<const bench_pipeline *>(context);
    static tbb::task_arena arena(pipeline->workers);
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    std::uint64_t sum = 0;
    arena.execute([&] { sum = sum_of_pipeline(pipeline->count); });
    const std::chrono::duration<double, std::nano> span = clock::now() - start;
    return sum == pipeline->count * (pipeline->count + 1) / 2 ? span.count() : -1;
}
