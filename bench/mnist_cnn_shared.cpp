// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference net as a shared library, for compare_onnxruntime.py.
#include "mnist_cnn.h"

#pragma GCC visibility push(default)

/// A session at `level`, or null. It lives as long as the process.
extern "C" ingot_session *mnist_cnn_open(const char *level) {
    ingot_options options = INGOT_OPTIONS_INIT;
    options.level = level;
    ingot_session *session = nullptr;
    return ingot_session_create(&mnist_cnn_model, &options, &session) == INGOT_OK ? session : nullptr;
}

/// Runs the same n images `calls` times; image float32 [n, 1, 28, 28], logits [n, 10].
extern "C" ingot_status mnist_cnn_repeat(ingot_session *session, const float *image, float *logits, size_t n,
                                         size_t calls) {
    ingot_status status = INGOT_OK;
    for (size_t i = 0; i < calls && status == INGOT_OK; ++i) {
        status = mnist_cnn_run(session, image, logits, n);
    }
    return status;
}

#pragma GCC visibility pop
