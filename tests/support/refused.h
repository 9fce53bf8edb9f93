// Refused: a call that was not accepted, and said why.
#ifndef TESTS_REFUSED_H
#define TESTS_REFUSED_H

#include "heard.h"

// The status is as expected, and the log says why in one line with these words.
static inline void assert_refused(mh_status status, mh_status wanted, const char *words)
{
    ck_assert_msg(status == wanted, "%s, not %s (expected because of: %s)",
                  mh_status_text(status), mh_status_text(wanted), words);
    ck_assert_msg(lines_heard() == 1 && was_heard(words), "expected: %s; heard: %s", words,
                  heard.text);
    forget_heard();
}

static inline void assert_invalid(mh_status status, const char *words)
{
    assert_refused(status, MH_INVALID, words);
}

static inline void hear_everything(void)
{
    listen_to_log(MH_LOG_WARNING);
}

#endif
