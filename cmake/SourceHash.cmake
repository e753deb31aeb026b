# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

cmake_minimum_required(VERSION 3.25)

# Run as a script: writes OUT, a header with the hash of every source under FOLDERS, which keys the object cache.
string(REPLACE "," ";" FOLDERS "${FOLDERS}")
set(all "")
foreach(folder ${FOLDERS})
  file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/${folder}/*.cpp ${ROOT}/${folder}/*.h)
  list(SORT files)
  foreach(file ${files})
    file(SHA256 ${ROOT}/${file} hash)
    string(APPEND all "${file} ${hash}\n")
  endforeach()
endforeach()
string(SHA256 hash "${all}")
file(CONFIGURE OUTPUT ${OUT} CONTENT "#pragma once\n#define INGOT_SOURCE_HASH \"@hash@\"\n" @ONLY)
