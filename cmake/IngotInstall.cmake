# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# What cmake --install writes. All paths are fixed below the prefix, and none is recorded: the program finds lib/,
# include/ and share/ beside its own folder, wherever the prefix moves. Components:
#   development   headers, runtime archive, packages of CMake and pkg-config
#   tools         the program ingot, what it reads, Halide's library; it needs development
option(INGOT_BUNDLE_HALIDE "Install Halide's library too; otherwise the program needs it where it lies now" ON)
include(CMakePackageConfigHelpers)

install(TARGETS ingot_runtime ARCHIVE DESTINATION lib COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/include/ DESTINATION include COMPONENT development)

set(ingot_package_dir ${PROJECT_BINARY_DIR}/package)
write_basic_package_version_file(${ingot_package_dir}/ingot-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_SOURCE_DIR}/cmake/ingot-config.cmake
    ${PROJECT_SOURCE_DIR}/cmake/IngotAddModel.cmake
    ${ingot_package_dir}/ingot-config-version.cmake
  DESTINATION lib/cmake/ingot COMPONENT development)
configure_file(${PROJECT_SOURCE_DIR}/cmake/ingot.pc.in ${ingot_package_dir}/ingot.pc @ONLY)
install(FILES ${ingot_package_dir}/ingot.pc DESTINATION lib/pkgconfig COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/THIRD_PARTY.md
  DESTINATION share/doc/ingot COMPONENT development)

set(ingot_rpath "$ORIGIN/../lib")
if(INGOT_BUNDLE_HALIDE)
  install(FILES ${INGOT_HALIDE_LIBRARY} DESTINATION lib COMPONENT tools)
  install(FILES ${INGOT_HALIDE}/share/doc/Halide/LICENSE.txt
    DESTINATION share/doc/ingot RENAME LICENSE-Halide COMPONENT tools)
else()
  # INSTALL_RPATH_USE_LINK_PATH leaves folders of this tree out, such as the Python environment of ./dev setup.
  get_filename_component(ingot_halide_dir ${INGOT_HALIDE_LIBRARY} DIRECTORY)
  list(APPEND ingot_rpath ${ingot_halide_dir})
endif()
set_target_properties(ingot PROPERTIES INSTALL_RPATH "${ingot_rpath}")
install(TARGETS ingot RUNTIME DESTINATION bin COMPONENT tools)
install(FILES ${PROJECT_SOURCE_DIR}/bench/plot.py ${PROJECT_SOURCE_DIR}/bench/compare.py
    ${PROJECT_SOURCE_DIR}/cli/run_onnxruntime.py
  DESTINATION share/ingot COMPONENT tools)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/bench/shapes DESTINATION share/ingot COMPONENT tools
  FILES_MATCHING PATTERN "*.csv")
