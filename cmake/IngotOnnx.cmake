# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# ingot_onnx_proto: protobuf's C++ classes of ONNX, generated from the onnx.proto of the PyPI wheel, as
# <onnx/onnx.pb.h>.
# INGOT_ONNX: directory of the onnx Python package; found through the Python interpreter if unset.
if(NOT INGOT_ONNX)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -c
            "import importlib.util as u; s = u.find_spec('onnx'); print(list(s.submodule_search_locations)[0] if s else '')"
    OUTPUT_VARIABLE INGOT_ONNX_FOUND OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  if(NOT INGOT_ONNX_FOUND)
    message(FATAL_ERROR "ONNX not found: run ./dev setup, or pip install onnx==1.23.2 and pass -DINGOT_ONNX=<site-packages>/onnx")
  endif()
  set(INGOT_ONNX ${INGOT_ONNX_FOUND} CACHE PATH "Directory of the onnx Python package")
endif()
find_file(INGOT_ONNX_PROTO onnx.proto REQUIRED NO_DEFAULT_PATH HINTS ${INGOT_ONNX})
find_package(Protobuf REQUIRED)

set(ingot_onnx_dir ${PROJECT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${ingot_onnx_dir}/onnx)
add_custom_command(
  OUTPUT ${ingot_onnx_dir}/onnx/onnx.pb.cc ${ingot_onnx_dir}/onnx/onnx.pb.h
  COMMAND protobuf::protoc --cpp_out=${ingot_onnx_dir}/onnx -I ${INGOT_ONNX} ${INGOT_ONNX_PROTO}
  DEPENDS ${INGOT_ONNX_PROTO} protobuf::protoc
  VERBATIM)
# onnx.proto asks for the lite runtime.
add_library(ingot_onnx_proto STATIC ${ingot_onnx_dir}/onnx/onnx.pb.cc ${ingot_onnx_dir}/onnx/onnx.pb.h)
target_compile_options(ingot_onnx_proto PRIVATE -w)
target_include_directories(ingot_onnx_proto SYSTEM PUBLIC ${ingot_onnx_dir})
target_link_libraries(ingot_onnx_proto PUBLIC protobuf::libprotobuf-lite)
