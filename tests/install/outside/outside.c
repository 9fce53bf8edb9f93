// A stranger's program: the smallest use of an installed manyhands that shows it works.

#include <stdio.h>

#include <manyhands.h>

static long square(long x)
{
    return x * x;
}
MH_ROUTINE(square_each, square, long, long);

int main(void)
{
    long input[] = {1, 2, 3}, output[3] = {0};
    mh_pool *pool;
    if (mh_pool_open(&pool, &(mh_pool_options){.kind = MH_PROCESSES, .workers = 2}) != MH_OK)
        return 1;
    mh_status status = mh_map_array(pool, &square_each, input, 3, sizeof *input, output,
                                    sizeof *output, NULL);
    mh_pool_close(pool);
    printf("%s: %ld %ld %ld\n", mh_status_text(status), output[0], output[1], output[2]);
    return status == MH_OK && output[2] == 9 ? 0 : 1;
}
