// Draft: a file that is written piece by piece, and takes its place when it is whole.
//
// What goes wrong is kept until the end, so that whoever writes need not ask after each piece.
#ifndef MHI_DRAFT_H
#define MHI_DRAFT_H

#include <stddef.h>

#include <manyhands/status.h>

typedef struct mhi_draft mhi_draft;

// MH_NO_MEMORY, MH_SYSTEM.
mh_status mhi_draft_open(mhi_draft **draft, const char *path);

// Adds bytes, text, and formatted text of less than 512 bytes.
void mhi_draft_add(mhi_draft *draft, const void *bytes, size_t size);
void mhi_draft_text(mhi_draft *draft, const char *text);
__attribute__((format(printf, 2, 3))) void mhi_draft_format(mhi_draft *draft,
                                                            const char *format, ...);

// Adds a string as JSON has it, quotes included. What is no UTF-8 becomes the replacement character. No
// '<' is in it, so it may stand inside HTML.
void mhi_draft_string(mhi_draft *draft, const char *text);

// All of it is at its place now; or nothing is. Frees it.
mh_status mhi_draft_close(mhi_draft *draft);

#endif
