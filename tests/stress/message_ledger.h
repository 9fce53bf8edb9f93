// Message ledger: what became of each message that was to be sent, as writers and readers noted
// it.
//
// It lies in shared memory, so that they write in it wherever they run, and the library is not
// asked about itself. A page is what one writer has to send, in lines that are numbered; should
// the writer die, its successor goes on at the next line. In the end it must be true that each
// line whose send worked was seen; that it was seen again only when the reader before had died,
// or ended, without confirming it; and that nothing was seen that was not sent, or not all of
// it. What a death leaves open (was it sent? was it seen?) is at most one line for each death.
#ifndef MESSAGE_LEDGER_H
#define MESSAGE_LEDGER_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <manyhands.h>

#include "chance.h"
#include "hunter.h"

enum { CHANNELS = 3, MOST_PAGES = 12, MOST_LINES = 4096, MOST_READERS = 1 << 14, HANDFUL = 3 };

typedef enum writing { UNSENT, BEGUN, SENT, DOUBTFUL } writing; // doubtful: its writer died

typedef struct line {
    _Atomic int writing;
    _Atomic uint32_t reader; // who saw it last; 0: nobody
    _Atomic bool is_confirmed;
} line;

typedef struct page {
    uint32_t channel;
    uint32_t count;         // of lines to be sent
    _Atomic uint32_t next;  // line
    _Atomic bool is_closed; // the channel took no more
    line lines[MOST_LINES];
} page;

// One run of a reader.
typedef struct reader {
    uint32_t channel;
    bool forgets; // it only receives: what it has received and not noted is lost if it dies
    _Atomic bool broke_off; // it died, or ended without confirming what it had taken
    _Atomic bool saw_end;
    _Atomic bool was_followed; // another saw a line that it had seen
} reader;

typedef struct ledger {
    bag prey;
    _Atomic uint64_t violations;
    // of this pass
    uint64_t salt;
    uint32_t pages;
    _Atomic uint64_t late; // lines seen for the first time, and behind others of their page
    _Atomic uint64_t empty_seen[CHANNELS]; // empty messages do not say which line they are
    _Atomic uint32_t readers;              // so far; the first has number 1
    page page[MOST_PAGES];
    reader reader[MOST_READERS];
} ledger;

static ledger *book;
static uint64_t first_seed; // to be named with what went wrong

static inline void lay_book(void)
{
    book = mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (book == MAP_FAILED) {
        perror("ledger");
        exit(2);
    }
}

static inline void begin_book(uint64_t salt)
{
    const size_t kept = offsetof(ledger, salt);
    memset((char *)book + kept, 0, sizeof *book - kept);
    book->salt = salt;
}

static inline void blame(const char *what, uint64_t number)
{
    if (atomic_fetch_add(&book->violations, 1) < 20)
        fprintf(stderr, "seed %llu, page %llu, line %llu: %s\n", (unsigned long long)first_seed,
                (unsigned long long)(number / MOST_LINES),
                (unsigned long long)(number % MOST_LINES), what);
}

static inline void blame_all(const char *what, uint64_t have, uint64_t most)
{
    atomic_fetch_add(&book->violations, 1);
    fprintf(stderr, "seed %llu: %llu %s, of %llu\n", (unsigned long long)first_seed,
            (unsigned long long)have, what, (unsigned long long)most);
}

static inline line *line_of(uint64_t number)
{
    return &book->page[number / MOST_LINES].lines[number % MOST_LINES];
}

// ---- what a message looks like ------------------------------------------------------------------

enum { LARGEST = 301 << 10 };

// Many are small, some are not, and a few are very large.
static inline size_t size_of_line(uint64_t number)
{
    uint64_t die = mixed(number ^ book->salt), more = die >> 8 & 0xffff;
    switch (die & 31) {
    case 0:
        return 0;
    case 1:
        return (die >> 40) % 64 == 0 ? LARGEST - more % 1024 : sizeof(uint32_t);
    case 2:
    case 3:
        return sizeof(uint32_t) + more % 5000;
    default:
        return sizeof(uint32_t) + more % (die & 1 ? 16 : 300);
    }
}

// Its number, disguised, and then words that belong to no other line. `to` has whole words.
static inline void write_out(uint64_t number, size_t size, uint64_t *to)
{
    uint32_t name = (uint32_t)(number ^ book->salt);
    uint64_t word = mixed(number + book->salt);
    for (size_t i = 0; i < (size + 7) / 8; i++, word += UINT64_C(0x9e3779b97f4a7c15))
        to[i] = word;
    memcpy(to, &name, sizeof name);
}

// Which line this is; false: none of this channel, or damaged. `expected` is room to work.
static inline bool is_whole(mh_bytes message, uint32_t channel, uint64_t *expected,
                            uint64_t *number)
{
    uint32_t name;
    if (message.size < sizeof name)
        return false;
    memcpy(&name, message.data, sizeof name);
    *number = name ^ (uint32_t)book->salt;
    if (*number / MOST_LINES >= book->pages || message.size != size_of_line(*number))
        return false;
    const page *of = &book->page[*number / MOST_LINES];
    if (of->channel != channel || *number % MOST_LINES >= of->count)
        return false;
    write_out(*number, message.size, expected);
    return memcmp(expected, message.data, message.size) == 0;
}

// ---- what writers and readers note --------------------------------------------------------------

// The line that its writer was at when it died may have been sent or not.
static inline void note_dead_writer(page *of)
{
    line *at = &of->lines[atomic_load(&of->next) % MOST_LINES];
    int writing = atomic_load(&of->next) < of->count ? atomic_load(&at->writing) : UNSENT;
    if (writing == BEGUN)
        atomic_store(&at->writing, DOUBTFUL);
    if (writing != UNSENT)
        atomic_fetch_add(&of->next, 1);
}

static inline uint32_t new_reader(uint32_t channel, bool forgets)
{
    uint32_t number = atomic_fetch_add(&book->readers, 1) + 1;
    if (number >= MOST_READERS)
        exit(2);
    book->reader[number].channel = channel;
    book->reader[number].forgets = forgets;
    return number;
}

// `is_late`: it came behind another of its page.
static inline void note_sight(uint64_t number, uint32_t reader_number, bool is_late)
{
    line *one = line_of(number);
    if (atomic_load(&one->writing) == UNSENT)
        blame("was seen, and never sent", number);
    if (atomic_load(&one->is_confirmed))
        blame("was seen again, and had been confirmed", number);
    uint32_t before = atomic_exchange(&one->reader, reader_number);
    if (before != 0)
        atomic_store(&book->reader[before].was_followed, true);
    else if (is_late)
        atomic_fetch_add(&book->late, 1);
}

#endif
