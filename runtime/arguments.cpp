// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "runtime/arguments.h"
#include <cstdint>

namespace ingot {
namespace {

/// The bytes of all images of an input or output: [begin, end).
struct Range {
    uintptr_t begin, end;
};

ingot_status find_range(const void *pointer, const ingot_port &port, size_t n, Range *range) {
    if (pointer == nullptr) {
        return INGOT_NULL_POINTER;
    }
    range->begin = reinterpret_cast<uintptr_t>(pointer);
    if ((range->begin & (port.alignment - 1)) != 0) {
        return INGOT_MISALIGNED_POINTER;
    }
    uintptr_t bytes = 0;
    if (__builtin_mul_overflow(n, port.bytes, &bytes) || __builtin_add_overflow(range->begin, bytes, &range->end)) {
        return INGOT_TOO_MANY_IMAGES;
    }
    return INGOT_OK;
}

bool overlap(const Range &a, const Range &b) {
    return a.begin < b.end && b.begin < a.end;
}

/// True where `output` overlaps an input or one of the first `index` outputs. All of them have passed find_range.
bool output_overlaps(const ingot_model &model, const void *const *inputs, void *const *outputs, uint32_t index,
                     size_t n) {
    Range output = {};
    find_range(outputs[index], model.outputs[index], n, &output);
    Range other = {};
    for (uint32_t i = 0; i < model.input_count; ++i) {
        find_range(inputs[i], model.inputs[i], n, &other);
        if (overlap(output, other)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < index; ++i) {
        find_range(outputs[i], model.outputs[i], n, &other);
        if (overlap(output, other)) {
            return true;
        }
    }
    return false;
}

template<typename Pointer>
ingot_status check_ports(const ingot_port *ports, uint32_t count, Pointer const *pointers, size_t n) {
    if (pointers == nullptr && count > 0) {
        return INGOT_NULL_POINTER;
    }
    for (uint32_t i = 0; i < count; ++i) {
        Range range = {};
        const ingot_status status = find_range(pointers[i], ports[i], n, &range);
        if (status != INGOT_OK) {
            return status;
        }
    }
    return INGOT_OK;
}

}  // namespace

ingot_status check_versions(const ingot_model *model, const ingot_options *options) {
    if (model == nullptr) {
        return INGOT_NULL_POINTER;
    }
    if (model->abi_version != INGOT_ABI_VERSION || model->struct_size != sizeof(ingot_model)) {
        return INGOT_ABI_MISMATCH;
    }
    if (options != nullptr && options->struct_size != sizeof(ingot_options)) {
        return INGOT_ABI_MISMATCH;
    }
    return INGOT_OK;
}

ingot_status check_arguments(const ingot_model &model, const void *const *inputs, void *const *outputs, size_t n) {
    ingot_status status = check_ports(model.inputs, model.input_count, inputs, n);
    if (status == INGOT_OK) {
        status = check_ports(model.outputs, model.output_count, outputs, n);
    }
    for (uint32_t i = 0; status == INGOT_OK && i < model.output_count; ++i) {
        if (output_overlaps(model, inputs, outputs, i, n)) {
            status = INGOT_OVERLAPPING_BUFFERS;
        }
    }
    return status;
}

}  // namespace ingot
