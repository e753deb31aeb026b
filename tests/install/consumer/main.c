/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Prints the logits of two images that are a pattern. */
#include "digits.h"
#include <stdio.h>

enum { count = 2, pixels = 784, classes = 10 };

int main(void) {
    static float images[count * pixels], logits[count * classes];
    int i, status;
    for (i = 0; i < count * pixels; ++i) {
        images[i] = (float)(i * 37 % 101) / 100.0f;
    }
    status = digits_classify(images, logits, count);
    for (i = 0; i < count * classes; ++i) {
        printf("%.9g\n", (double)logits[i]);
    }
    return status;
}
