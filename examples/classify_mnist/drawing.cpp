// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "drawing.h"
#include "digits.h"

namespace {

// MNIST digits lie in the middle; three of them fill 80 columns.
constexpr std::size_t first_column = 2, end_column = 26;
constexpr std::size_t gap = 4;

}  // namespace

std::string draw(const std::vector<const float *> &images, const std::vector<std::string> &captions) {
    constexpr std::size_t width = end_column - first_column + gap;
    std::string text;
    for (const std::string &caption : captions) {
        text += caption + std::string(width > caption.size() ? width - caption.size() : 1, ' ');
    }
    text += "\n";
    for (std::size_t y = 0; y < Digits::side; y += 2) {
        for (const float *image : images) {
            for (std::size_t x = first_column; x < end_column; ++x) {
                const bool upper = image[y * Digits::side + x] > 0.5f,
                           lower = image[(y + 1) * Digits::side + x] > 0.5f;
                text += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
            }
            text += std::string(gap, ' ');
        }
        text.erase(text.find_last_not_of(' ') + 1);
        text += "\n";
    }
    return text;
}
