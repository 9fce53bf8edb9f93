# Puts the page of a trace together, as C: cmake -DPAGE=FOLDER -DINTO=FILE -P embed.cmake
#
# Style and scripts go into the page, so that it is one file. What is written is two arrays of bytes:
# what stands before the data of a run, and what stands behind it.
file(READ ${PAGE}/page.html page)
foreach(part page.css page.js tables.js)
    file(READ ${PAGE}/${part} text)
    string(REPLACE "@${part}@" "${text}" page "${page}")
endforeach()

string(FIND "${page}" "@data@" at)
string(SUBSTRING "${page}" 0 ${at} head)
math(EXPR behind "${at} + 6")
string(SUBSTRING "${page}" ${behind} -1 tail)

set(code "// Made by cmake/embed.cmake.\n#include \"trace_page.h\"\n")
foreach(part head tail)
    string(HEX "${${part}}" bytes)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND code "const unsigned char mhi_page_${part}[] = {${bytes}};\n"
        "const size_t mhi_page_${part}_size = sizeof mhi_page_${part};\n")
endforeach()
file(WRITE ${INTO} "${code}")
