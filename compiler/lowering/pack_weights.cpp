// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/pack_weights.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include "spec/winograd.h"
#include <algorithm>

namespace ingot {

namespace {

const KernelBuffer &find_buffer(const std::vector<KernelBuffer> &buffers, const std::string &name) {
    const auto found = std::find_if(buffers.begin(), buffers.end(), [&](const auto &b) { return b.name == name; });
    INGOT_CHECK(found != buffers.end(), "the kernel has no " + name);
    return *found;
}

/// G g Gᵀ of one 3x3 filter, in double: [fy, fx].
std::vector<double> transform_filter(const WinogradMatrices::Matrix &g, std::span<const float> filter) {
    std::vector<double> result;
    for (const std::vector<double> &row : g) {
        for (const std::vector<double> &column : g) {
            double &sum = result.emplace_back(0.0);
            for (std::size_t ky = 0; ky < 3; ++ky) {
                for (std::size_t kx = 0; kx < 3; ++kx) {
                    sum += row[ky] * column[kx] * static_cast<double>(filter[ky * 3 + kx]);
                }
            }
        }
    }
    return result;
}

std::vector<float> pack_winograd(const KernelSpec &spec, std::span<const float> weights) {
    const std::vector<KernelBuffer> buffers = kernel_buffers(spec);
    const KernelBuffer &packed = find_buffer(buffers, "weights");
    const WinogradMatrices &matrices = winograd_matrices(spec.weights.order);
    const int64_t frequencies = matrices.frequencies();
    std::vector<float> result(static_cast<std::size_t>(packed.elements), 0.0f);
    for (int64_t co = 0; co < spec.co; ++co) {
        for (int64_t ci = 0; ci < spec.ci; ++ci) {
            const std::vector<double> filter = transform_filter(
                matrices.weights, weights.subspan(static_cast<std::size_t>((co * spec.ci + ci) * 9), 9));
            for (int64_t f = 0; f < frequencies * frequencies; ++f) {
                const int64_t at =
                    packed.offset({co % channel_block, ci, f % frequencies, f / frequencies, co / channel_block});
                result[static_cast<std::size_t>(at)] = static_cast<float>(filter[static_cast<std::size_t>(f)]);
            }
        }
    }
    return result;
}

}  // namespace

std::vector<float> pack_weights(const KernelSpec &spec, std::span<const float> weights) {
    if (is_winograd(spec.weights.order)) {
        return pack_winograd(spec, weights);
    }
    if (spec.weights.order != DimOrder::ohwi16o) {
        return {weights.begin(), weights.end()};
    }
    const std::vector<KernelBuffer> buffers = kernel_buffers(spec);
    const KernelBuffer &packed = find_buffer(buffers, "weights");
    std::vector<float> result(static_cast<std::size_t>(packed.elements), 0.0f);
    auto value = weights.begin();
    for (int64_t co = 0; co < spec.co; ++co) {
        for (int64_t ci = 0; ci < spec.ci / spec.groups; ++ci) {
            for (int64_t ky = 0; ky < spec.window.kernel.h; ++ky) {
                for (int64_t kx = 0; kx < spec.window.kernel.w; ++kx) {
                    const int64_t at = packed.offset({co % channel_block, ci, kx, ky, co / channel_block});
                    result[static_cast<std::size_t>(at)] = *value++;
                }
            }
        }
    }
    return result;
}

std::vector<float> pack_bias(const KernelSpec &spec, std::span<const float> bias) {
    const std::vector<KernelBuffer> buffers = kernel_buffers(spec);
    std::vector<float> result(bias.begin(), bias.end());
    result.resize(static_cast<std::size_t>(find_buffer(buffers, "bias").elements), 0.0f);
    return result;
}

std::vector<float> flatten_nhwc(std::span<const float> weights, int64_t co, int64_t c, int64_t h, int64_t w) {
    std::vector<float> result;
    result.reserve(weights.size());
    for (int64_t o = 0; o < co; ++o) {
        for (int64_t y = 0; y < h; ++y) {
            for (int64_t x = 0; x < w; ++x) {
                for (int64_t i = 0; i < c; ++i) {
                    result.push_back(weights[static_cast<std::size_t>(((o * c + i) * h + y) * w + x)]);
                }
            }
        }
    }
    return result;
}

}  // namespace ingot
