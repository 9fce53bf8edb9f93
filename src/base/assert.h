// Assert: a promise inside the library that must hold, in release builds too.
//
// Never for what a user may get wrong: that is a status.
#ifndef MHI_ASSERT_H
#define MHI_ASSERT_H

_Noreturn void mhi_broken_promise(const char *promise, const char *file, int line);

#define mhi_assert(promise) \
    ((promise) ? (void)0 : mhi_broken_promise(#promise, __FILE__, __LINE__))

#endif
