// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads a digit by a network whose weights this program maps from a file: no copy is made, pages come in where
// kernels first read them, and processes share them.
#include "digit_net.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// Each character is 2x2 pixels of the image.
static const char *const drawing[14] = {
    "..............",  //
    "..............",  //
    "..............",  //
    "..########....",  //
    "..########....",  //
    ".........##...",  //
    "........##....",  //
    ".......##.....",  //
    "......##......",  //
    "......##......",  //
    ".....##.......",  //
    ".....##.......",  //
    "..............",  //
    "..............",  //
};

static void draw(float *image) {
    for (int y = 0; y < 28; ++y) {
        for (int x = 0; x < 28; ++x) {
            image[y * 28 + x] = drawing[y / 2][x / 2] == '#' ? 1.0f : 0.0f;
        }
    }
}

static int report(const char *path, const char *reason) {
    fprintf(stderr, "map_weights: error: %s: %s\n", path, reason);
    return 1;
}

/// Maps the whole of a file. Pages are aligned to more than the 64 bytes that weights need. On failure returns null
/// and leaves the reason in errno.
static const void *map_file(const char *path, size_t *bytes) {
    const int file = open(path, O_RDONLY);
    if (file < 0) {
        return NULL;
    }
    struct stat about;
    void *content = MAP_FAILED;
    if (fstat(file, &about) == 0) {  // of a file without bytes there is nothing to map: EINVAL
        *bytes = (size_t)about.st_size;
        content = mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, file, 0);
    }
    const int reason = errno;
    close(file);
    errno = reason;
    return content != MAP_FAILED ? content : NULL;
}

/// Prints the digit that the network reads in the drawing. `verify` also compares the weights with their hash.
static ingot_status read_digit(const ingot_options *options, int verify) {
    ingot_status status = verify ? ingot_verify_weights(&digit_net_model, options) : INGOT_OK;
    ingot_session *session = NULL;
    float image[DIGIT_NET_IMAGE_SIZE];
    float logits[DIGIT_NET_LOGITS_SIZE];
    draw(image);
    if (status == INGOT_OK) {
        status = ingot_session_create(&digit_net_model, options, &session);
    }
    if (status == INGOT_OK) {
        status = digit_net_run(session, image, logits, 1);
    }
    if (status == INGOT_OK) {
        int digit = 0;
        for (int i = 1; i < DIGIT_NET_LOGITS_SIZE; ++i) {
            digit = logits[i] > logits[digit] ? i : digit;
        }
        printf("%d, read on %s with %d bytes of mapped weights\n", digit, ingot_session_level(session),
               DIGIT_NET_WEIGHTS_BYTES);
    }
    ingot_session_destroy(session);
    return status;
}

int main(int argc, char **argv) {
    const int verify = argc == 3 && strcmp(argv[2], "--verify") == 0;
    if (argc != 2 && !verify) {
        fputs("usage: map_weights digit_net.weights [--verify]\n", stderr);
        return 2;
    }
    size_t bytes = 0;
    const void *weights = map_file(argv[1], &bytes);
    if (weights == NULL) {
        return report(argv[1], strerror(errno));
    }
    ingot_options options = INGOT_OPTIONS_INIT;
    options.weights = weights;
    options.weights_bytes = bytes;
    const ingot_status status = read_digit(&options, verify);
    munmap((void *)weights, bytes);  // after the session
    return status == INGOT_OK ? 0 : report(argv[1], ingot_status_message(status));
}
