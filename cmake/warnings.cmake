# How everything of ours is compiled, as one target to link with: warnings and sanitizers.
add_library(mh_build_options INTERFACE)
target_compile_options(mh_build_options INTERFACE
    -Wall -Wextra -Wpedantic -Wundef -Wvla -Wwrite-strings -Wpointer-arith
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
    $<$<C_COMPILER_ID:GNU>:-Wshadow=local> $<$<C_COMPILER_ID:Clang>:-Wshadow>)
if(MH_WERROR)
    target_compile_options(mh_build_options INTERFACE -Werror)
endif()
if(MH_SANITIZE)
    target_compile_options(mh_build_options INTERFACE
        -fsanitize=${MH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mh_build_options INTERFACE -fsanitize=${MH_SANITIZE})
endif()
