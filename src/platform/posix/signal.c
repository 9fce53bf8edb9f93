// Signal: hearing of the signals that ask a program to end, and giving them back.
//
// What the program did with a signal before lies here, so that a handler can bring it back without looking
// anywhere else.

#include <errno.h>
#include <signal.h>

#include "../platform.h"

enum { SIGNALS = MHI_SIGTERM + 1 };

_Static_assert(MHI_SIGINT == SIGINT && MHI_SIGTERM == SIGTERM, "numbers of signals");

static struct sigaction before[SIGNALS];               // fixed before it is heard
static _Atomic(mhi_signal_handler *) hearers[SIGNALS]; // NULL: never heard

// What the handler does must not change what the code it interrupts sees.
static void on_signal(int number)
{
    int error = errno;
    mhi_signal_handler *hear = atomic_load(&hearers[number]);
    if (hear != NULL)
        hear(number);
    errno = error;
}

bool mhi_signal_hear(int number, mhi_signal_handler *hear)
{
    struct sigaction now;
    sigaction(number, NULL, &now);
    if (now.sa_handler == SIG_IGN)
        return false;
    before[number] = now;
    atomic_store(&hearers[number], hear);
    struct sigaction ours = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&ours.sa_mask);
    sigaddset(&ours.sa_mask, SIGINT);
    sigaddset(&ours.sa_mask, SIGTERM);
    sigaction(number, &ours, NULL);
    return true;
}

bool mhi_signal_restore(int number, bool by_force)
{
    struct sigaction now;
    if (atomic_load(&hearers[number]) == NULL || sigaction(number, NULL, &now) != 0)
        return false;
    if (now.sa_handler == on_signal || by_force)
        sigaction(number, &before[number], NULL);
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL;
}

void mhi_signal_raise(int number)
{
    sigset_t one, mask;
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &one, &mask); // here it comes
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
}
