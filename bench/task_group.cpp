// Task group: the way oneTBB offers to run single tasks and wait for all of them.

#include "task_peers.h"

#include <chrono>

#include <tbb/task_arena.h>
#include <tbb/task_group.h>

namespace
{

void run_and_wait(std::uint64_t count)
{
    tbb::task_group group;
    for (std::uint64_t number = 0; number < count; number++)
        group.run([] {});
    group.wait();
}

} // namespace

double bench_task_group_pass(void *context)
{
    const auto count = *static_cast<const std::uint64_t *>(context);
    static tbb::task_arena arena(BENCH_TASK_WORKERS);
    using clock = std::chrono::steady_clock;
    const auto start = clock::now();
    arena.execute([&] { run_and_wait(count); });
    const std::chrono::duration<double, std::nano> span = clock::now() - start;
    return span.count();
}
