// Telling: between two lines about a bar lies twice the time as between the two before, up to a
// minute: who waits long wants to be told seldom.

#include "telling.h"

#include <string.h>

#include "bar.h"
#include "plain.h"

#define SECOND_NS UINT64_C(1000000000)

enum { USUAL_COLUMNS = 80, LONGEST_PAUSE = 60 }; // seconds

static size_t say(char text[MHI_PLAIN], mhi_seen *seen, const mhi_numbers *numbers,
                  const mhi_screen_target *target)
{
    if (seen->look.mode == MH_PROGRESS_JSON)
        return mhi_plain_json(text, numbers, target->wall_ns());
    if (seen->look.mode == MH_PROGRESS_LINES)
        return mhi_plain_line(text, numbers, target->wall_ns());
    int columns = seen->surface != NULL ? mhi_surface_columns(seen->surface) : USUAL_COLUMNS;
    mhi_bar_draw(text, numbers, columns, seen->look.utf8, seen->look.colour);
    return (size_t)(stpcpy(text + strlen(text), "\n") - text);
}

void mhi_tell_last(mhi_seen *seen, const mhi_screen_target *target)
{
    if (seen->look.mode == MH_PROGRESS_OFF)
        return;
    char text[MHI_PLAIN];
    mhi_numbers numbers = mhi_seen_numbers(seen, seen->sight->ended_ns);
    size_t size = say(text, seen, &numbers, target);
    if (seen->surface == NULL) {
        target->write(seen->fd, text, size);
        return;
    }
    mhi_surface_add_above(seen->surface, text, size);
    if (seen->look.mode == MH_PROGRESS_BAR)
        mhi_overall_end(&seen->surface->overall, &numbers);
}

void mhi_tell_if_due(mhi_seen *seen, const mhi_screen_target *target, uint64_t now_ns)
{
    bool is_plain = seen->look.mode == MH_PROGRESS_LINES || seen->look.mode == MH_PROGRESS_JSON;
    if (!is_plain || seen->surface == NULL || now_ns < seen->due_ns)
        return;
    char text[MHI_PLAIN];
    mhi_numbers numbers = mhi_seen_numbers(seen, now_ns);
    mhi_surface_add_above(seen->surface, text, say(text, seen, &numbers, target));
    seen->pause = seen->pause == 0 ? 1 : seen->pause * 2;
    if (seen->pause > LONGEST_PAUSE)
        seen->pause = LONGEST_PAUSE;
    seen->due_ns = now_ns + seen->pause * SECOND_NS;
}
