// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <ingot/plan.h>

const char *ingot_status_message(ingot_status status) {
    switch (status) {
    case INGOT_OK:
        return "ok";
    case INGOT_NULL_POINTER:
        return "a pointer argument is null";
    case INGOT_ABI_MISMATCH:
        return "model, options and runtime are of different versions";
    case INGOT_UNKNOWN_LEVEL:
        return "options.level names no level of this model";
    case INGOT_UNSUPPORTED_CPU:
        return "this CPU lacks a feature that the model needs; ingot_missing_cpu_feature() names it";
    case INGOT_OUT_OF_MEMORY:
        return "the arena could not be allocated";
    case INGOT_ARENA_TOO_SMALL:
        return "options.arena_bytes is below ingot_session_bytes()";
    case INGOT_ARENA_MISALIGNED:
        return "options.arena is not aligned to INGOT_ARENA_ALIGNMENT bytes";
    case INGOT_MISALIGNED_POINTER:
        return "an input or output is not aligned to its element type";
    case INGOT_OVERLAPPING_BUFFERS:
        return "an output overlaps an input or another output";
    case INGOT_TOO_MANY_IMAGES:
        return "the images do not fit into the address space";
    case INGOT_KERNEL_FAILED:
        return "a kernel reported an error";
    case INGOT_EMPTY_SESSION:
        return "the session was moved from";
    case INGOT_INVALID_OPTION:
        return "options.device, options.memory or options.threads has no valid value, or the CPU is asked for with "
               "device memory";
    case INGOT_NO_CPU_KERNELS:
        return "the model holds no CPU kernels; compile it with a CPU target too, such as --target x86-64-v3";
    case INGOT_NO_CUDA_KERNELS:
        return "the model holds no CUDA kernels; compile it with --target cuda-sm_XX too, such as cuda-sm_80";
    case INGOT_NO_CUDA_DRIVER:
        return "the CUDA driver is missing, too old or does not start; options.detail says which";
    case INGOT_NO_CUDA_DEVICE:
        return "there is no CUDA device of this index";
    case INGOT_UNSUPPORTED_DEVICE:
        return "the CUDA device is older than every CUDA target of the model";
    case INGOT_OUT_OF_DEVICE_MEMORY:
        return "the CUDA device has too little free memory";
    case INGOT_DEVICE_CALL_FAILED:
        return "a call of the CUDA driver failed; the session's detail or options.detail names it";
    case INGOT_DEVICE_LOST:
        return "the CUDA device or its context is lost; the session cannot run any more";
    case INGOT_NOT_DEVICE_MEMORY:
        return "an input or output is not memory of the session's CUDA device";
    case INGOT_WEIGHTS_MISSING:
        return "the model's weights are in a file; hand its content over as options.weights";
    case INGOT_WEIGHTS_LINKED:
        return "options.weights is given, but the model is linked with its weights; compile it with --weights=file";
    case INGOT_WEIGHTS_MISALIGNED:
        return "options.weights is not aligned to 64 bytes; map the file or allocate with that alignment";
    case INGOT_WEIGHTS_WRONG_SIZE:
        return "options.weights_bytes is not the size of the model's weights file; hand over the .weights file "
               "that was compiled with the library";
    case INGOT_WEIGHTS_OF_ANOTHER_MODEL:
        return "options.weights is no weights file, or that of another model or version; hand over the .weights "
               "file that was compiled with the library";
    case INGOT_WEIGHTS_DAMAGED:
        return "the content of options.weights is damaged: it differs from its hash";
    case INGOT_NO_THREADS:
        return "the operating system refused to start a thread; ask for fewer in options.threads";
    }
    return "unknown status";
}
