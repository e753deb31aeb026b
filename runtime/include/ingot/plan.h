// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constant tables of a compiled model. Written by `ingot compile` as C99, read by the runtime; not for apps.
#pragma once
#include <ingot/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Where an operand of a step lives.
typedef enum ingot_region {
    INGOT_IN_INPUT,    ///< the caller's input `index`
    INGOT_IN_OUTPUT,   ///< the caller's output `index`
    INGOT_IN_WEIGHTS,  ///< the model's weights
    INGOT_IN_ARENA     ///< the session's activations
} ingot_region;

/// One dimension of a buffer, as halide_dimension_t: innermost first in a table.
typedef struct ingot_dim {
    int32_t min, extent, stride;  ///< stride in elements
} ingot_dim;

/// The template of a halide_buffer_t. The element at the minimum of every dimension lies `offset` bytes from the
/// start of its region; in an input or output, from the start of the current image.
typedef struct ingot_operand {
    ingot_region region;
    uint32_t index;     ///< which input or output; 0 otherwise
    uint64_t offset;    ///< bytes
    uint8_t type_code;  ///< halide_type_code_t: 0 int, 1 uint, 2 float
    uint8_t type_bits;
    uint16_t dimensions;
    const ingot_dim *dims;
} ingot_operand;

/// `count` runs of `bytes` zero bytes, `stride` bytes apart, from `offset` in the arena.
typedef struct ingot_zero {
    uint64_t offset, bytes, stride, count;
} ingot_zero;

#define INGOT_ROUND_UP_64(bytes) (((bytes) + 63) / 64 * 64)

/// Scratch that one allocation of a kernel takes: 64-byte aligned, with guard bytes on each side, into which its
/// vectors may reach. A kernel's scratch is the sum over its allocations, since none is given back within it, and
/// over those of its largest task, whose are given back when it ends. Each thread has scratch of its own for tasks.
#define INGOT_SCRATCH_GUARD_BYTES 64
#define INGOT_SCRATCH_BYTES(bytes) (INGOT_ROUND_UP_64(bytes) + 2 * INGOT_SCRATCH_GUARD_BYTES)

/// The threads of a session: the runtime's own.
typedef struct ingot_team ingot_team;

/// What every kernel gets as its first argument. All of the scratch is free when a kernel starts.
typedef struct ingot_kernel_context {
    unsigned char *scratch;
    size_t size, used;
    int error;         ///< the first error that a kernel support function met; 0: none
    ingot_team *team;  ///< who runs the tasks of parallel loops; null: the calling thread, one after the other
} ingot_kernel_context;

/// argv[0] is the address of an ingot_kernel_context pointer, the rest are halide_buffer_t pointers.
typedef int (*ingot_kernel)(void **argv);

/// Copies operand 0 to operand 1: buffers of up to 8 dimensions, of the same extents and element size, with any
/// strides. Fails where they are not alike. Defined by the runtime.
int ingot_copy_kernel(void **argv);

typedef struct ingot_step {
    ingot_kernel kernel;
    const char *name;               ///< the node that it computes
    const ingot_operand *operands;  ///< in the kernel's order
    uint32_t operand_count;
    uint32_t zero_count;
    const ingot_zero *zeros;  ///< cleared before the kernel in every run: halos whose memory is shared
} ingot_step;

/// CPU features by name; the runtime maps each to CPUID and XGETBV bits.
#define INGOT_CPU_SSE3 (UINT64_C(1) << 0)
#define INGOT_CPU_SSSE3 (UINT64_C(1) << 1)
#define INGOT_CPU_SSE4_1 (UINT64_C(1) << 2)
#define INGOT_CPU_SSE4_2 (UINT64_C(1) << 3)
#define INGOT_CPU_POPCNT (UINT64_C(1) << 4)
#define INGOT_CPU_CX16 (UINT64_C(1) << 5)
#define INGOT_CPU_LAHF (UINT64_C(1) << 6)
#define INGOT_CPU_AVX (UINT64_C(1) << 7)
#define INGOT_CPU_F16C (UINT64_C(1) << 8)
#define INGOT_CPU_FMA (UINT64_C(1) << 9)
#define INGOT_CPU_MOVBE (UINT64_C(1) << 10)
#define INGOT_CPU_LZCNT (UINT64_C(1) << 11)
#define INGOT_CPU_BMI1 (UINT64_C(1) << 12)
#define INGOT_CPU_BMI2 (UINT64_C(1) << 13)
#define INGOT_CPU_AVX2 (UINT64_C(1) << 14)
#define INGOT_CPU_AVX512F (UINT64_C(1) << 15)
#define INGOT_CPU_AVX512BW (UINT64_C(1) << 16)
#define INGOT_CPU_AVX512CD (UINT64_C(1) << 17)
#define INGOT_CPU_AVX512DQ (UINT64_C(1) << 18)
#define INGOT_CPU_AVX512VL (UINT64_C(1) << 19)

/// The model compiled for one level.
typedef struct ingot_plan {
    const char *level;      ///< e.g. "x86-64-v4"
    uint64_t cpu_features;  ///< INGOT_CPU_* that its kernels may use
    const ingot_step *steps;
    uint32_t step_count;
    uint32_t zero_count;
    const ingot_zero *zeros;  ///< cleared once, when a session is made: halos whose memory is theirs alone
    uint64_t arena_bytes;     ///< activations, a multiple of 64
    uint64_t scratch_bytes;   ///< the largest scratch of a step, a multiple of 64
    uint32_t operand_count;   ///< over all steps
    uint32_t dim_count;       ///< over all operands of all steps
    uint32_t parallel_steps;  ///< steps whose kernels hold parallel loops
    uint64_t image_time;      ///< nanoseconds of one image on one thread, as predicted
} ingot_plan;

/// An input or output of the model.
typedef struct ingot_port {
    const char *name;
    uint64_t bytes;      ///< of one image
    uint32_t alignment;  ///< natural alignment of an element: a power of two, in bytes
} ingot_port;

/// A number that depends on the n of a launch, n >= 1: (n + add) / divide, rounded down.
typedef struct ingot_cuda_count {
    int32_t add, divide;  ///< divide >= 1
} ingot_cuda_count;

/// An argument of a device kernel: the device address of an operand, 8 bytes, or a number, 4 bytes.
typedef struct ingot_cuda_argument {
    int32_t operand;  ///< index into the step's operands; -1: `number`
    ingot_cuda_count number;
} ingot_cuda_argument;

/// A device kernel: code, and how it is launched.
typedef struct ingot_cuda_kernel {
    const char *entry;           ///< function in the module
    const char *ptx;             ///< zero-terminated text
    const unsigned char *cubin;  ///< machine code for `sm`; null where there is none
    uint64_t cubin_bytes;
    const ingot_cuda_argument *arguments;  ///< in the function's order
    uint32_t argument_count;
    ingot_cuda_count grid_x;
    uint32_t grid_y, grid_z, block_x, block_y, block_z;
    uint32_t shared_bytes;  ///< dynamic shared memory
    uint32_t sm, compute;   ///< architectures of cubin (0: none) and of ptx: 90 and 86
} ingot_cuda_kernel;

/// An operand of a device kernel. Its address, of the element at the minimum of every dimension, lies `offset`
/// bytes from the start of its region; in an input or output, from the first image of the launch.
typedef struct ingot_cuda_operand {
    ingot_region region;
    uint32_t index;      ///< which input or output; 0 otherwise
    uint64_t offset;     ///< bytes
    uint32_t alignment;  ///< bytes, a power of two, that the kernel's vector accesses need of the address
} ingot_cuda_operand;

typedef struct ingot_cuda_step {
    const ingot_cuda_kernel *kernel;  ///< steps may share one
    const char *name;                 ///< the node that it computes
    const ingot_cuda_operand *operands;
    uint32_t operand_count;
    uint32_t batch;  ///< the kernel's n for one image of the model, >= 1
} ingot_cuda_step;

/// The model compiled for one CUDA target and one class of batches. The plans of a target stand together, by rising
/// min_images, the first with 1; they differ in steps, arena_bytes and min_images only.
typedef struct ingot_cuda_plan {
    const char *target;    ///< e.g. "cuda-sm_90"
    uint32_t sm, compute;  ///< of its kernels: 90 and 86; sm is 0 where they are PTX only
    uint64_t min_images;   ///< the plan of its target with the largest min_images <= n runs n images
    const ingot_cuda_step *steps;
    uint32_t step_count;
    uint32_t argument_count;  ///< over all steps
    uint64_t arena_bytes;     ///< device activations of max_images images; 0: any n in one launch
    uint64_t max_images;      ///< --max-batch
} ingot_cuda_plan;

/// The runtime's CUDA part. Only models that hold CUDA kernels refer to it, so that others link without it.
typedef struct ingot_cuda_support ingot_cuda_support;
extern const ingot_cuda_support ingot_cuda;

/// What a weights file begins with, little-endian; the weights follow, as they lie in memory.
typedef struct ingot_weights_header {
    uint64_t magic;  ///< INGOT_WEIGHTS_MAGIC
    uint64_t bytes;  ///< of the weights
    uint64_t hash;   ///< XXH64 of the weights, seed 0: https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md
    uint64_t zeros[5];
} ingot_weights_header;

#define INGOT_WEIGHTS_MAGIC UINT64_C(0x315457544f474e49) /* "INGOTWT1" */

struct ingot_model {
    uint32_t abi_version;  ///< INGOT_ABI_VERSION
    uint32_t struct_size;  ///< sizeof(ingot_model)
    const char *name;
    const char *build_hash;
    const ingot_port *inputs;
    const ingot_port *outputs;
    uint32_t input_count, output_count;
    const ingot_plan *plans;  ///< lowest level first
    uint32_t plan_count;
    const unsigned char *weights;  ///< aligned to 64 bytes; null where there are none or a file holds them
    uint64_t weights_bytes;        ///< a multiple of 64
    uint64_t weights_file_bytes;   ///< of the file that holds them, its header included; 0: they are linked
    uint64_t weights_hash;         ///< XXH64 of them, seed 0; 0 where they are linked
    const ingot_cuda_plan *cuda_plans;
    uint32_t cuda_plan_count;
    const ingot_cuda_support *cuda;  ///< &ingot_cuda where there are CUDA plans, else null
};

/// Bytes of a session with one thread on the CPU: its own struct, then per step, operand and dimension what the
/// runtime keeps of them, then arena and scratch. The runtime asserts that its structs fit; the compiler writes the
/// result into the model's header and lets the C compiler check it.
#define INGOT_SESSION_HEADER_BYTES 384
#define INGOT_SESSION_STEP_BYTES 8     /* argv[0] */
#define INGOT_SESSION_OPERAND_BYTES 80 /* place in argv, halide_buffer_t, boundary pointer */
#define INGOT_SESSION_DIM_BYTES 16     /* halide_dimension_t */
#define INGOT_SESSION_BYTES(steps, operands, dims, arena_bytes, scratch_bytes)                    \
    (INGOT_ROUND_UP_64(INGOT_SESSION_HEADER_BYTES + (steps)*INGOT_SESSION_STEP_BYTES +            \
                       (operands)*INGOT_SESSION_OPERAND_BYTES + (dims)*INGOT_SESSION_DIM_BYTES) + \
     (arena_bytes) + (scratch_bytes))

/// Bytes of a session's memory on the host where it runs on a CUDA device: inputs and outputs are `ports`; plans,
/// steps and arguments are counted over all plans of a target.
#define INGOT_CUDA_SESSION_HEADER_BYTES 384
#define INGOT_CUDA_SESSION_PORT_BYTES 24     /* staging memory, address of the launch, pointer last checked */
#define INGOT_CUDA_SESSION_PLAN_BYTES 64     /* graph, its executable form, what it was last launched with */
#define INGOT_CUDA_SESSION_STEP_BYTES 48     /* module, function, node */
#define INGOT_CUDA_SESSION_ARGUMENT_BYTES 16 /* value and its address */
#define INGOT_CUDA_SESSION_BYTES(ports, plans, steps, arguments)                                      \
    INGOT_ROUND_UP_64(INGOT_CUDA_SESSION_HEADER_BYTES + (ports)*INGOT_CUDA_SESSION_PORT_BYTES +       \
                      (plans)*INGOT_CUDA_SESSION_PLAN_BYTES + (steps)*INGOT_CUDA_SESSION_STEP_BYTES + \
                      (arguments)*INGOT_CUDA_SESSION_ARGUMENT_BYTES)

/// Bytes of device memory of a session, in one allocation: weights, activations, and per input and output the
/// staging memory of max_images images, which a session that is given device pointers does without.
#define INGOT_ROUND_UP_256(bytes) (((bytes) + 255) / 256 * 256)
#define INGOT_CUDA_STAGING_BYTES(port_bytes, max_images) \
    INGOT_ROUND_UP_256(UINT64_C(1) * (port_bytes) * (max_images))
#define INGOT_CUDA_DEVICE_BYTES(weights_bytes, arena_bytes, sum_of_staging_bytes) \
    (INGOT_ROUND_UP_256(weights_bytes) + INGOT_ROUND_UP_256(arena_bytes) + (sum_of_staging_bytes))

#ifdef __cplusplus
}  // extern "C"
#endif
