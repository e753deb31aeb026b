# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# find_package(ingot) gives:
#   ingot::runtime    the runtime of compiled models: a static library that links without a C++ library
#   ingot::ingot      the program, where the component tools is installed
#   ingot_add_model() see IngotAddModel.cmake
cmake_policy(VERSION 3.16...3.25)

get_filename_component(ingot_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)
if(NOT TARGET ingot::runtime)
  add_library(ingot::runtime STATIC IMPORTED)
  set_target_properties(ingot::runtime PROPERTIES
    IMPORTED_LOCATION "${ingot_prefix}/lib/libingot_runtime.a"
    INTERFACE_INCLUDE_DIRECTORIES "${ingot_prefix}/include")
endif()
if(NOT TARGET ingot::ingot AND EXISTS "${ingot_prefix}/bin/ingot")
  add_executable(ingot::ingot IMPORTED)
  set_target_properties(ingot::ingot PROPERTIES IMPORTED_LOCATION "${ingot_prefix}/bin/ingot")
endif()
unset(ingot_prefix)

include("${CMAKE_CURRENT_LIST_DIR}/IngotAddModel.cmake")
