# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# Imports the Halide of the PyPI wheel as ingot_halide. The wheel's own CMake package needs CMake 3.28.
# INGOT_HALIDE: directory of the halide Python package.
include(IngotPythonPackage)
ingot_python_package(INGOT_HALIDE halide==21.0.0)
find_library(INGOT_HALIDE_LIBRARY Halide REQUIRED NO_DEFAULT_PATH HINTS ${INGOT_HALIDE} PATH_SUFFIXES lib64 lib)
find_path(INGOT_HALIDE_INCLUDE Halide.h REQUIRED NO_DEFAULT_PATH HINTS ${INGOT_HALIDE}/include)

add_library(ingot_halide SHARED IMPORTED)
set_target_properties(ingot_halide PROPERTIES
  IMPORTED_LOCATION ${INGOT_HALIDE_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${INGOT_HALIDE_INCLUDE}
  INTERFACE_COMPILE_DEFINITIONS "HALIDE_VERSION_MAJOR=21;HALIDE_ENABLE_RTTI;HALIDE_WITH_EXCEPTIONS")
