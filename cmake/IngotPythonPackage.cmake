# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# ingot_python_package(VARIABLE REQUIREMENT): the directory of an installed Python package, such as halide==21.0.0, in
# the cache variable VARIABLE; found through the Python interpreter where the user has not set it.
function(ingot_python_package variable requirement)
  if(${variable})
    return()
  endif()
  string(REGEX REPLACE "==.*" "" package ${requirement})
  # The environment that ./dev setup makes comes first.
  set(environment ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.venv/bin/python)
  if(NOT Python3_EXECUTABLE AND EXISTS ${environment})
    set(Python3_EXECUTABLE ${environment})
  endif()
  find_package(Python3 COMPONENTS Interpreter)
  set(found "")
  if(Python3_Interpreter_FOUND)
    execute_process(
      COMMAND ${Python3_EXECUTABLE} -c
              "import importlib.util as u; s = u.find_spec('${package}'); print(list(s.submodule_search_locations)[0] if s else '')"
      OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  if(NOT found)
    message(FATAL_ERROR "The Python package ${package} is not found: run ./dev setup, "
                        "or pip install ${requirement} and pass -D${variable}=<site-packages>/${package}")
  endif()
  set(${variable} ${found} CACHE PATH "Directory of the Python package ${package}")
endfunction()
