// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstddef>
#include <vector>

namespace ingot {

/// The middle value, of an even number of values the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

/// The median distance from the median, times 1.4826: for normally distributed values their standard deviation,
/// whatever a few outliers do. 0 of fewer than two values.
double spread(const std::vector<double> &values);

/// Where a value lies with some confidence.
struct Interval {
    double low = 0, high = 0;
};

/// The interval of order statistics that holds the median of what `values` are drawn from with at least 95 %
/// confidence, whatever their distribution: from the k-th smallest to the k-th largest, with the largest k for
/// which P(Binomial(n, 1/2) < k) <= 2.5 %. Fewer than 6 values allow no such claim: their whole range. `values` is
/// not empty.
Interval median_interval(std::vector<double> values);

/// exp of the mean logarithm of positive values; 1 of none.
double geometric_mean(const std::vector<double> &values);

}  // namespace ingot
