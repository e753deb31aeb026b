/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The error functions that kernels in the checked form call, as HalideRuntime.h declares them. */
#include "runtime/checked_errors.h"
#include <HalideRuntime.h>
#include <ingot/plan.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static __thread char message[256];

const char *ingot_checked_error_message(void) {
    return message;
}

/* Records the error in the ingot_kernel_context, unless an earlier one stands there, and returns its code. */
__attribute__((format(printf, 3, 4))) static int fail(void *user_context, int code, const char *format, ...) {
    ingot_kernel_context *context = user_context;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (context != NULL && context->error == 0) {
        context->error = code;
    }
    return code;
}

int halide_error_access_out_of_bounds(void *user_context, const char *func_name, int dimension, int min_touched,
                                      int max_touched, int min_valid, int max_valid) {
    return fail(user_context, halide_error_code_access_out_of_bounds,
                "%s: touches %d to %d of dimension %d, which has %d to %d", func_name, min_touched, max_touched,
                dimension, min_valid, max_valid);
}

int halide_error_bad_dimensions(void *user_context, const char *func_name, int32_t given, int32_t correct) {
    return fail(user_context, halide_error_code_bad_dimensions, "%s: has %d dimensions instead of %d", func_name,
                (int)given, (int)correct);
}

int halide_error_bad_fold(void *user_context, const char *func_name, const char *var_name, const char *loop_name) {
    return fail(user_context, halide_error_code_bad_fold,
                "%s: folded over %s, but loop %s does not walk it in order", func_name, var_name, loop_name);
}

int halide_error_bad_type(void *user_context, const char *func_name, uint32_t given, uint32_t correct) {
    return fail(user_context, halide_error_code_bad_type,
                "%s: has type 0x%08" PRIx32 " instead of 0x%08" PRIx32 " (bits of halide_type_t)", func_name, given,
                correct);
}

int halide_error_buffer_allocation_too_large(void *user_context, const char *buffer_name, uint64_t allocation_size,
                                             uint64_t max_size) {
    return fail(user_context, halide_error_code_buffer_allocation_too_large,
                "%s: would take %" PRIu64 " bytes, more than %" PRIu64, buffer_name, allocation_size, max_size);
}

int halide_error_buffer_argument_is_null(void *user_context, const char *buffer_name) {
    return fail(user_context, halide_error_code_buffer_argument_is_null, "%s: the buffer is null", buffer_name);
}

int halide_error_buffer_extents_negative(void *user_context, const char *buffer_name, int dimension, int extent) {
    return fail(user_context, halide_error_code_buffer_extents_negative, "%s: extent of dimension %d is %d",
                buffer_name, dimension, extent);
}

int halide_error_buffer_extents_too_large(void *user_context, const char *buffer_name, int64_t actual_size,
                                          int64_t max_size) {
    return fail(user_context, halide_error_code_buffer_extents_too_large,
                "%s: has %" PRId64 " elements, more than %" PRId64, buffer_name, actual_size, max_size);
}

int halide_error_buffer_is_null(void *user_context, const char *routine) {
    return fail(user_context, halide_error_code_buffer_is_null, "%s: the buffer is null", routine);
}

int halide_error_constraint_violated(void *user_context, const char *var, int val, const char *constrained_var,
                                     int constrained_val) {
    return fail(user_context, halide_error_code_constraint_violated, "%s is %d, but %s is %d", var, val,
                constrained_var, constrained_val);
}

int halide_error_constraints_make_required_region_smaller(void *user_context, const char *buffer_name,
                                                          int dimension, int constrained_min,
                                                          int constrained_extent, int required_min,
                                                          int required_extent) {
    return fail(user_context, halide_error_code_constraints_make_required_region_smaller,
                "%s: dimension %d is constrained to min %d, extent %d, but min %d, extent %d are needed",
                buffer_name, dimension, constrained_min, constrained_extent, required_min, required_extent);
}

int halide_error_device_dirty_with_no_device_support(void *user_context, const char *buffer_name) {
    return fail(user_context, halide_error_code_device_dirty_with_no_device_support,
                "%s: newer on a device, but the kernel runs on the CPU", buffer_name);
}

int halide_error_explicit_bounds_too_small(void *user_context, const char *func_name, const char *var_name,
                                           int min_bound, int max_bound, int min_required, int max_required) {
    return fail(user_context, halide_error_code_explicit_bounds_too_small,
                "%s: bounds %d to %d of %s do not hold the needed %d to %d", func_name, min_bound, max_bound,
                var_name, min_required, max_required);
}

int halide_error_fold_factor_too_small(void *user_context, const char *func_name, const char *var_name,
                                       int fold_factor, const char *loop_name, int required_extent) {
    return fail(user_context, halide_error_code_fold_factor_too_small,
                "%s: folded over %s by %d, but an iteration of %s needs %d", func_name, var_name, fold_factor,
                loop_name, required_extent);
}

int halide_error_host_is_null(void *user_context, const char *func_name) {
    return fail(user_context, halide_error_code_host_is_null, "%s: the host pointer is null", func_name);
}

int halide_error_requirement_failed(void *user_context, const char *condition, const char *reason) {
    return fail(user_context, halide_error_code_requirement_failed, "requirement failed: %s: %s", condition,
                reason);
}

int halide_error_specialize_fail(void *user_context, const char *reason) {
    return fail(user_context, halide_error_code_specialize_fail, "no specialization fits: %s", reason);
}

int halide_error_split_factor_not_positive(void *user_context, const char *func_name, const char *orig,
                                           const char *outer, const char *inner, const char *factor_str,
                                           int factor) {
    return fail(user_context, halide_error_code_split_factor_not_positive,
                "%s: %s is split into %s and %s by %s, which is %d", func_name, orig, outer, inner, factor_str,
                factor);
}

int halide_error_storage_bound_too_small(void *user_context, const char *func_name, const char *var_name,
                                         int provided_size, int required_size) {
    return fail(user_context, halide_error_code_storage_bound_too_small,
                "%s: storage of %s is bounded to %d, but %d are needed", func_name, var_name, provided_size,
                required_size);
}

int halide_error_unaligned_host_ptr(void *user_context, const char *func_name, int alignment) {
    return fail(user_context, halide_error_code_unaligned_host_ptr,
                "%s: the host pointer is not aligned to %d bytes", func_name, alignment);
}
