// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "digits.h"
#include <mnist_cnn.h>

int digits_classify(const float *images, float *logits, std::size_t n) {
    mnist_cnn::Session session;
    ingot::Status status = session.status();
#if __cplusplus >= 202002L
    for (std::size_t i = 0; i < n && status; ++i) {
        const std::span<const float, MNIST_CNN_IMAGE_SIZE> image(images + i * MNIST_CNN_IMAGE_SIZE,
                                                                 MNIST_CNN_IMAGE_SIZE);
        const std::span<float, MNIST_CNN_LOGITS_SIZE> row(logits + i * MNIST_CNN_LOGITS_SIZE,
                                                          MNIST_CNN_LOGITS_SIZE);
        status = session.run(image, row);
    }
#else
    if (status) {
        status = session.run(images, logits, n);
    }
#endif
    return static_cast<int>(status.code());
}
