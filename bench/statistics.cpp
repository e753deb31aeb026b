// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/statistics.h"
#include "spec/error.h"
#include <algorithm>
#include <cmath>

namespace ingot {

namespace {

/// The k of median_interval(): how many of n values may be left out at each end; 0 where n is too small.
std::size_t rank_of_interval(std::size_t n) {
    constexpr double tail = 0.025;
    // P(X = 0) = 2^-n; summed up by P(X = k + 1) = P(X = k) (n - k) / (k + 1), as logarithms for large n.
    const double count = static_cast<double>(n);
    double log_probability = -count * std::log(2.0), sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
        sum += std::exp(log_probability);
        if (sum > tail) {
            return k;
        }
        const double at = static_cast<double>(k);
        log_probability += std::log((count - at) / (at + 1));
    }
    return 0;
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) {
        return 0;
    }
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

double spread(const std::vector<double> &values) {
    const double middle = median(values);
    std::vector<double> distances;
    for (double value : values) {
        distances.push_back(std::abs(value - middle));
    }
    return 1.4826 * median(distances);
}

Interval median_interval(std::vector<double> values) {
    INGOT_CHECK(!values.empty(), "the median of no values");
    std::sort(values.begin(), values.end());
    const std::size_t k = std::max<std::size_t>(1, rank_of_interval(values.size()));
    return {values[k - 1], values[values.size() - k]};
}

double geometric_mean(const std::vector<double> &values) {
    double sum = 0;
    for (double value : values) {
        sum += std::log(value);
    }
    return values.empty() ? 1 : std::exp(sum / static_cast<double>(values.size()));
}

}  // namespace ingot
