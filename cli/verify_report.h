// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "harness/verify_model.h"
#include <string>
#include <vector>

namespace ingot {

/// What `ingot verify` found out.
struct VerifyReport {
    std::string model, reference;
    double tolerance = 0.0;
    std::size_t cases = 0;
    std::vector<VerifyRow> outputs;
    DataType weights = DataType::f32;  ///< of 16 bits: the type that --weights rounds to
    std::vector<VerifyRow> rounded;    ///< with rounded weights against the interpreter on the same
    std::vector<VerifyRow> rounding;   ///< the same outputs against `reference`: what rounding changes, no verdict
    std::vector<VerifyRow> layers;     ///< of intermediates too; empty where they were not compared
    std::vector<std::string> depends_on_batch;  ///< levels

    [[nodiscard]] bool passed() const;
    /// The first row of `layers`, or else of `outputs`, that is not within the bound; null where all are.
    [[nodiscard]] const VerifyRow *first_departure() const;
};

/// A line per level and output with its worst case, then, where they were compared, per level and layer.
std::string to_text(const VerifyReport &report);

/// Everything, a row for each case.
std::string to_json(const VerifyReport &report);

/// One line: where the model departs, by how much, from what.
std::string failure(const VerifyReport &report);

}  // namespace ingot
