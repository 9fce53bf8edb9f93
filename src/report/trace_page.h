// The page of a trace, in two parts; what is between them is the data. Made by cmake/embed.cmake
// from page/.
#ifndef MHI_TRACE_PAGE_H
#define MHI_TRACE_PAGE_H

#include <stddef.h>

extern const unsigned char mhi_page_head[], mhi_page_tail[];
extern const size_t mhi_page_head_size, mhi_page_tail_size;

#endif
