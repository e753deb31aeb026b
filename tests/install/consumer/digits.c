/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "digits.h"
#include <mnist_cnn.h>

int digits_classify(const float *images, float *logits, size_t n) {
    ingot_session *session;
    ingot_status status = ingot_session_create(&mnist_cnn_model, NULL, &session);
    if (status == INGOT_OK) {
        status = mnist_cnn_run(session, images, logits, n);
    }
    ingot_session_destroy(session);
    return (int)status;
}
