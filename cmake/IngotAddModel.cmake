# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

# ingot_add_model(NAME MODEL file.onnx [TARGETS a b ...] [CPU name] [SCHEDULES op=choice ...]
#                 [NUMERICS default|exact] [WEIGHTS linked|file f32|bf16|f16] [MAX_BATCH n] [INPUTS name:format ...]
#                 [OUTPUT_LAYOUTS name=nhwc ...] [SHAPES name=1,3,224,224 ...])
#
# Compiles a model at build time into a library to link: target_link_libraries(app PRIVATE NAME), then
# #include "NAME.h". Without TARGETS, all levels of the architecture. INGOT_MODEL_<NAME>_DIR names the folder.
# WEIGHTS file leaves the weights out of the library; INGOT_MODEL_<NAME>_WEIGHTS names the file, to install or to copy
# to where the application maps it: install(FILES ${INGOT_MODEL_<NAME>_WEIGHTS} DESTINATION share/app).
# WEIGHTS bf16 or f16 rounds the weights of convolutions and linear layers to that type; kernels compute in f32.
# NUMERICS exact leaves out algorithms that save multiplications, such as Winograd. MAX_BATCH is for CUDA targets:
# the images that a session's memory on the device holds at a time. INPUTS, OUTPUT_LAYOUTS and SHAPES are the
# options --input, --output-layout and --shape of ingot compile.
# The same in a build that Ingot is part of and after find_package(ingot).
#
# INGOT_SANITIZE=address compiles the kernels of all models with AddressSanitizer's checks, for programs that link
# with -fsanitize=address.
function(ingot_add_model name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "MODEL;CPU;NUMERICS;MAX_BATCH" "TARGETS;SCHEDULES;WEIGHTS;INPUTS;OUTPUT_LAYOUTS;SHAPES")
  if(NOT arg_MODEL OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "ingot_add_model(${name}): write MODEL file.onnx [TARGETS ...] [CPU ...] [SCHEDULES ...] [NUMERICS ...] [WEIGHTS ...] [MAX_BATCH ...] [INPUTS ...] [OUTPUT_LAYOUTS ...] [SHAPES ...]")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    list(JOIN arg_KEYWORDS_MISSING_VALUES ", " missing)
    message(FATAL_ERROR "ingot_add_model(${name}): no value after ${missing}; write one or leave the keyword out")
  endif()
  if(NOT TARGET ingot::ingot)
    message(FATAL_ERROR "ingot_add_model(${name}): this installation lacks the program ingot; "
                        "install its component tools")
  endif()
  get_filename_component(model "${arg_MODEL}" ABSOLUTE)
  get_source_file_property(is_generated "${model}" GENERATED)
  if(NOT is_generated AND NOT EXISTS "${model}")
    message(FATAL_ERROR "ingot_add_model(${name}): the model ${model} does not exist; "
                        "a command that makes it during the build has to stand before")
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${name})
  set(options "")
  if(arg_TARGETS)
    list(JOIN arg_TARGETS "," targets)
    list(APPEND options --target ${targets})
  endif()
  if(arg_NUMERICS)
    list(APPEND options --numerics ${arg_NUMERICS})
  endif()
  set(weights "")
  if(arg_WEIGHTS)
    string(REPLACE "," ";" arg_WEIGHTS "${arg_WEIGHTS}")
    list(JOIN arg_WEIGHTS "," words)
    list(APPEND options --weights ${words})
    if("file" IN_LIST arg_WEIGHTS)
      set(weights ${folder}/${name}.weights)
    endif()
  endif()
  if(DEFINED arg_MAX_BATCH)
    list(APPEND options --max-batch ${arg_MAX_BATCH})
  endif()
  if(arg_CPU)
    list(APPEND options --cpu ${arg_CPU})
  endif()
  foreach(schedule ${arg_SCHEDULES})
    list(APPEND options --schedule ${schedule})
  endforeach()
  foreach(input ${arg_INPUTS})
    list(APPEND options --input ${input})
  endforeach()
  foreach(layout ${arg_OUTPUT_LAYOUTS})
    list(APPEND options --output-layout ${layout})
  endforeach()
  foreach(shape ${arg_SHAPES})
    list(APPEND options --shape ${shape})
  endforeach()
  if(INGOT_SANITIZE)
    list(APPEND options --sanitize ${INGOT_SANITIZE})
  endif()

  set(archive ${folder}/lib/lib${name}.a)
  set(runtime ${folder}/lib/libingot_runtime.a)
  add_custom_command(
    OUTPUT ${archive} ${runtime} ${folder}/include/${name}.h ${weights}
    COMMAND ingot::ingot compile ${model} -o ${folder} --name ${name} ${options}
    DEPENDS ${model} $<TARGET_FILE:ingot::ingot> $<TARGET_FILE:ingot::runtime>
    COMMENT "Compiling ${arg_MODEL}"
    VERBATIM)
  add_custom_target(${name}_library DEPENDS ${archive} ${runtime} ${folder}/include/${name}.h ${weights})
  file(MAKE_DIRECTORY ${folder}/include)
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_library)
  target_include_directories(${name} SYSTEM INTERFACE ${folder}/include)
  target_link_libraries(${name} INTERFACE ${archive} ${runtime})
  set(INGOT_MODEL_${name}_DIR ${folder} PARENT_SCOPE)
  set(INGOT_MODEL_${name}_WEIGHTS "${weights}" PARENT_SCOPE)
endfunction()
