// Home: one fact for each process, told at its birth.

#include "home.h"

#include "../base/fork.h"
#include "nursery.h"

static struct {
    mhi_shop *shop;
    uint32_t number;
    uint32_t generation;
    int fd;
} home; // fixed once the process is a worker

void mhi_home_settle(mhi_shop *shop, uint32_t number, int fd)
{
    home.shop = shop;
    home.number = number;
    home.generation = mhi_fork_generation();
    home.fd = fd;
}

mhi_shop *mhi_home_shop(void)
{
    return home.shop != NULL && home.generation == mhi_fork_generation_now() ? home.shop : NULL;
}

uint32_t mhi_home_number(void)
{
    return home.number;
}

// Sequential: either the supervisor, which clears `rung` before it looks, sees what was said, or
// this finds `rung` cleared. Who dies between the swap and the letter is heard at its death.
void mhi_home_ring(void)
{
    mhi_shop *shop = mhi_home_shop();
    if (shop == NULL)
        return;
    mhi_common *common = shop->common;
    mhi_shop_expect(shop, home.number);
    atomic_fetch_add(&common->said, 1);
    if (atomic_exchange(&common->rung, 1) != 0)
        return;
    mhi_letter letter = {.kind = MHI_LETTER_SAID, .number = home.number};
    if (mhi_line_send(home.fd, &letter, sizeof letter) != 0)
        atomic_store(&common->rung, 0); // no memory for it: whoever says more rings again
}
