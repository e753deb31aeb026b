// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference net as a shared library, for compare_torch.py: in the process's primary context, on PyTorch's
// stream, with PyTorch's memory.
#include "mnist_cnn.h"

#pragma GCC visibility push(default)

/// A session on the CUDA device, or null, with a line of `detail_bytes` characters that says why.
extern "C" ingot_session *kit_net_open(void *stream, char *detail, size_t detail_bytes) {
    ingot_options options = INGOT_OPTIONS_INIT;
    options.device = INGOT_DEVICE_CUDA;
    options.memory = INGOT_MEMORY_DEVICE;
    options.stream = stream;
    options.detail = detail;
    options.detail_bytes = detail_bytes;
    ingot_session *session = nullptr;
    ingot_session_create(&mnist_cnn_model, &options, &session);
    return session;
}

extern "C" const char *kit_net_level(const ingot_session *session) {
    return ingot_session_level(session);
}

/// Puts `calls` runs of n images on the stream; image float32 [n, 1, 28, 28], logits [n, 10] on the device.
extern "C" ingot_status kit_net_run(ingot_session *session, const float *image, float *logits, size_t n,
                                    size_t calls) {
    ingot_status status = INGOT_OK;
    for (size_t i = 0; i < calls && status == INGOT_OK; ++i) {
        status = mnist_cnn_run(session, image, logits, n);
    }
    return status;
}

extern "C" const char *kit_net_detail(const ingot_session *session) {
    return ingot_session_detail(session);
}

extern "C" void kit_net_close(ingot_session *session) {
    ingot_session_destroy(session);
}

#pragma GCC visibility pop
