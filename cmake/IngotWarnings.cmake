# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# ingot_library(NAME SOURCES...): a static library of Ingot's own code, included from the root of the repository.
add_library(ingot_warnings INTERFACE)
target_compile_options(ingot_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow $<$<COMPILE_LANGUAGE:CXX>:-Wconversion>
  $<$<BOOL:${INGOT_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(ingot_warnings INTERFACE -Wno-restrict)  # false alarms on "text" + std::string at -O3
endif()

function(ingot_library name)
  add_library(${name} STATIC ${ARGN})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE $<BUILD_INTERFACE:ingot_warnings>)
endfunction()
