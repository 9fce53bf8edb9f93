# What is installed: headers, both libraries, a pkg-config file and a CMake package.
#
# Promises: an installed tree can be moved as a whole; both files find it from where they lie.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/manyhands)
file(RELATIVE_PATH MH_PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" MH_PREFIX_FROM_PC ${MH_PREFIX_FROM_PC})
configure_file(cmake/manyhands.pc.in manyhands.pc @ONLY)
configure_package_config_file(cmake/manyhandsConfig.cmake.in manyhandsConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(manyhandsConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS manyhands_shared manyhands_static EXPORT manyhandsTargets)
install(EXPORT manyhandsTargets NAMESPACE manyhands:: DESTINATION ${package_dir})
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/manyhands.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/manyhandsConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/manyhandsConfigVersion.cmake
    DESTINATION ${package_dir})
