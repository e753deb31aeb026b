# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# ingot_onnx_proto: protobuf's C++ classes of ONNX, generated from the onnx.proto of the PyPI wheel, as
# <onnx/onnx.pb.h>.
# INGOT_ONNX: directory of the onnx Python package.
include(IngotPythonPackage)
ingot_python_package(INGOT_ONNX onnx==1.23.2)
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
