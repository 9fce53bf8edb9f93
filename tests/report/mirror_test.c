// Mirror: what is seen of inner pools comes to the board of this process, as it was seen.
#include <manyhands.h>

#include "platform/platform.h"
#include "report/mirror.h"
#include "support/bars.h"
#include "support/story.h"

enum { BARS = 3 };

// As if all were opened at once.
static mhi_sight *lay_sights(void)
{
    static mhi_sight sights[BARS];
    static const char *const titles[BARS] = {"first", "second", "third"};
    uint64_t now = mhi_clock_ns();
    for (uint64_t i = 0; i < BARS; i++)
        sights[i] = (mhi_sight){.key = i + 1,
                                .title = titles[i],
                                .done = 1,
                                .total = 1,
                                .sized = true,
                                .opened_ns = now + i};
    return sights;
}

static const char *place_of(const char *words)
{
    const char *at = strstr(shown(), words);
    ck_assert_msg(at != NULL, "no \"%s\" in:\n%s", words, shown());
    return at;
}

START_TEST(C4_bars_that_end_within_one_look_stand_in_the_order_of_their_ends)
{
    show_bars();
    mhi_sight *sights = lay_sights();
    for (uint64_t i = 0; i < BARS; i++) {
        sights[i].ending = MHI_CANCELLED;
        sights[i].ended_ns = sights[i].opened_ns + (BARS - i) * 60 * UINT64_C(1000000000);
    }
    mhi_mirror_look(sights, BARS, false);
    const char *first = place_of("cancelled after 3:00"),
               *second = place_of("cancelled after 2:00"),
               *third = place_of("cancelled after 1:00");
    ck_assert(third < second);
    ck_assert(second < first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mirror");
    TCase *tests = add_case(suite, "mirror", 10);
    tcase_add_test(tests, C4_bars_that_end_within_one_look_stand_in_the_order_of_their_ends);
    return run_suite(suite);
}
