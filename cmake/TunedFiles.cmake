# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

cmake_minimum_required(VERSION 3.25)

# Run as a script: writes OUT, the files FILES of FOLDER as string literals, a line of a file a line.
string(REPLACE "," ";" FILES "${FILES}")
set(entries "")
foreach(file ${FILES})
  file(READ ${FOLDER}/${file} text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
  string(APPEND entries "    {\"${file}\",\n     \"${text}\"},\n")
endforeach()
set(content "// Written from schedules/tuned; do not edit.
#include \"schedules/tuned.h\"
#include <vector>

namespace ingot {

std::span<const TunedFile> tuned_files() {
    static const std::vector<TunedFile> files = {
${entries}    };
    return files;
}

}  // namespace ingot
")
file(WRITE ${OUT} "${content}")
