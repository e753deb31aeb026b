# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Imports the Halide of the PyPI wheel as ingot_halide. The wheel's own CMake package needs CMake 3.28.
# INGOT_HALIDE: directory of the halide Python package; found through the Python interpreter if unset.
if(NOT INGOT_HALIDE)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -c
            "import importlib.util as u; s = u.find_spec('halide'); print(list(s.submodule_search_locations)[0] if s else '')"
    OUTPUT_VARIABLE INGOT_HALIDE_FOUND OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT INGOT_HALIDE_FOUND)
    message(FATAL_ERROR "Halide not found: run ./dev setup, or pip install halide==21.0.0 and pass -DINGOT_HALIDE=<site-packages>/halide")
  endif()
  set(INGOT_HALIDE ${INGOT_HALIDE_FOUND} CACHE PATH "Directory of the halide Python package")
endif()
find_library(INGOT_HALIDE_LIBRARY Halide REQUIRED NO_DEFAULT_PATH HINTS ${INGOT_HALIDE} PATH_SUFFIXES lib64 lib)
find_path(INGOT_HALIDE_INCLUDE Halide.h REQUIRED NO_DEFAULT_PATH HINTS ${INGOT_HALIDE}/include)

add_library(ingot_halide SHARED IMPORTED)
set_target_properties(ingot_halide PROPERTIES
  IMPORTED_LOCATION ${INGOT_HALIDE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${INGOT_HALIDE_INCLUDE}
  INTERFACE_COMPILE_DEFINITIONS "HALIDE_VERSION_MAJOR=21;HALIDE_ENABLE_RTTI;HALIDE_WITH_EXCEPTIONS")
