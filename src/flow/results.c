// Results: handing out what the tasks of a session have come to.

#include "../base/log.h"
#include "session.h"

static mh_status read_result(const mhi_member *member, mh_result *result)
{
    mh_status status = mhi_task_result(member->task, result);
    if (status == MH_OK)
        result->index = member->number;
    return status;
}

// What was handed out before its turn is left out.
static mhi_member *first_ended(mh_session *session)
{
    while (session->first_ended != NULL && session->first_ended->is_handed) {
        session->first_ended = session->first_ended->later;
        if (session->first_ended == NULL)
            session->last_ended = &session->first_ended;
    }
    return session->first_ended;
}

static mhi_member *lowest(mh_session *session)
{
    while (session->lowest < session->count && session->member[session->lowest]->is_handed)
        session->lowest++;
    return session->lowest < session->count ? session->member[session->lowest] : NULL;
}

static bool has_next(const mh_session *session, const void *nothing)
{
    (void)nothing;
    return session->ended > session->handed || session->handed == session->count;
}

static bool has_lowest(const mh_session *session, const void *nothing)
{
    (void)nothing;
    const mhi_member *member = lowest((mh_session *)(uintptr_t)session);
    return member == NULL || member->is_ended;
}

static mh_status hand_out(mh_session *session, mhi_member *member, mh_result *result)
{
    if (member == NULL)
        return MH_END;
    mh_status status = read_result(member, result);
    member->is_handed = true;
    session->handed++;
    return status;
}

static mh_status next(mh_session *session, mh_result *result, mh_deadline deadline,
                      mhi_condition *condition, mhi_member *(*choose)(mh_session *session),
                      const char *call)
{
    mh_status status = mhi_session_check(session, call);
    if (status != MH_OK)
        return status;
    if (result == NULL)
        return mhi_refuse(MH_INVALID, "%s: nowhere to put the result", call);
    status = mhi_session_await(session, condition, NULL, deadline);
    if (status == MH_OK)
        status = hand_out(session, choose(session), result);
    mhi_mutex_unlock(&session->lock);
    return status;
}

mh_status mh_session_next(mh_session *session, mh_result *result, mh_deadline deadline)
{
    return next(session, result, deadline, has_next, first_ended, "mh_session_next");
}

mh_status mh_session_next_in_order(mh_session *session, mh_result *result, mh_deadline deadline)
{
    return next(session, result, deadline, has_lowest, lowest, "mh_session_next_in_order");
}

// It may be cleared while we wait.
static bool has_result(const mh_session *session, const void *number)
{
    const mhi_member *member = mhi_session_find(session, *(const uint64_t *)number);
    return member == NULL || member->is_ended;
}

mh_status mh_session_result(mh_session *session, uint64_t number, mh_result *result,
                            mh_deadline deadline)
{
    static const char call[] = "mh_session_result";
    mh_status status = mhi_session_check(session, call);
    if (status != MH_OK)
        return status;
    if (result == NULL)
        return mhi_refuse(MH_INVALID, "%s: nowhere to put the result", call);
    status = mhi_session_await(session, has_result, &number, deadline);
    const mhi_member *member = mhi_session_find(session, number);
    if (status == MH_OK && member != NULL)
        status = read_result(member, result);
    mhi_mutex_unlock(&session->lock);
    if (member == NULL)
        return mhi_refuse(MH_NOT_FOUND, "%s: there is no task %llu", call,
                          (unsigned long long)number);
    return status;
}

mh_status mh_session_result_of(mh_session *session, const char *name, mh_result *result,
                               mh_deadline deadline)
{
    uint64_t number = 0;
    mh_status status = mh_session_find(session, name, &number);
    if (status == MH_NOT_FOUND)
        return mhi_refuse(status, "mh_session_result_of: there is no task named \"%s\"", name);
    return status == MH_OK ? mh_session_result(session, number, result, deadline) : status;
}
