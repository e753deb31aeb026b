// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verify_report.h"
#include "compiler/c_names.h"
#include "spec/text.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

namespace ingot {

namespace {

using Json = nlohmann::ordered_json;

bool is_worse(const VerifyRow &a, const VerifyRow &b) {
    return a.within != b.within ? !a.within : a.difference.relative() > b.difference.relative();
}

/// The worst row of each level and tensor, in the order of levels, then of tensors.
std::vector<VerifyRow> worst(const std::vector<VerifyRow> &rows) {
    std::vector<std::string> levels;
    std::vector<VerifyRow> result;
    for (const VerifyRow &row : rows) {
        if (std::find(levels.begin(), levels.end(), row.level) == levels.end()) {
            levels.push_back(row.level);
        }
        const auto known = std::find_if(result.begin(), result.end(), [&](const VerifyRow &other) {
            return other.level == row.level && other.tensor == row.tensor;
        });
        if (known == result.end()) {
            result.push_back(row);
        } else if (is_worse(row, *known)) {
            *known = row;
        }
    }
    const auto rank = [&](const VerifyRow &row) { return std::find(levels.begin(), levels.end(), row.level); };
    std::stable_sort(result.begin(), result.end(),
                     [&](const VerifyRow &a, const VerifyRow &b) { return rank(a) < rank(b); });
    return result;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

/// What is said of one tensor: of integers and booleans how many elements differ.
std::string describe(const VerifyRow &row) {
    if (row.type == DataType::f32) {
        return to_text(row.difference);
    }
    return row.difference.unequal == 0 ? "equal" : std::to_string(row.difference.unequal) + " elements differ";
}

void print_rows(std::ostream &out, const std::vector<VerifyRow> &rows, bool judges = true) {
    std::string level;
    for (const VerifyRow &row : worst(rows)) {
        if (row.level != level) {
            level = row.level;
            out << "  " << level << "\n";
        }
        out << "    " << printable(row.tensor) << ": " << describe(row) << " (" << row.test_case << ")"
            << (row.within || !judges ? "" : " DEPARTS") << "\n";
    }
}

Json finite(double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json rows_json(const std::vector<VerifyRow> &rows) {
    Json result = Json::array();
    for (const VerifyRow &row : rows) {
        const Difference &d = row.difference;
        result.push_back({{"level", row.level},
                          {"case", row.test_case},
                          {"tensor", row.tensor},
                          {"type", numpy_type(row.type)},
                          {"max_abs", finite(d.max_abs)},
                          {"max_ulp", finite(d.max_ulp)},
                          {"largest", finite(d.largest)},
                          {"relative", finite(d.relative())},
                          {"at", d.at},
                          {"unequal", d.unequal},
                          {"nan_or_infinite", d.nonfinite},
                          {"unlike", d.unlike},
                          {"within", row.within}});
    }
    return result;
}

}  // namespace

bool VerifyReport::passed() const {
    const auto within = [](const VerifyRow &row) { return row.within; };
    return depends_on_batch.empty() && std::all_of(outputs.begin(), outputs.end(), within) &&
           std::all_of(layers.begin(), layers.end(), within) && std::all_of(rounded.begin(), rounded.end(), within);
}

const VerifyRow *VerifyReport::first_departure() const {
    for (const std::vector<VerifyRow> *rows : {&layers, &outputs, &rounded}) {
        const auto found =
            std::find_if(rows->begin(), rows->end(), [](const VerifyRow &row) { return !row.within; });
        if (found != rows->end()) {
            return &*found;
        }
    }
    return nullptr;
}

std::string to_text(const VerifyReport &report) {
    std::ostringstream out;
    out << report.model << " against " << report.reference << ", " << report.cases
        << " inputs, the worst of each:\n";
    print_rows(out, report.outputs);
    if (!report.layers.empty()) {
        out << "layers\n";
        print_rows(out, report.layers);
    }
    const std::string weights = "weights in " + std::string(to_text(report.weights)) + " against ";
    if (!report.rounded.empty()) {
        out << weights << "the reference interpreter on the same weights\n";
        print_rows(out, report.rounded);
    }
    if (report.passed()) {
        out << "all within " << number(report.tolerance) << " of the largest element\n";
    }
    if (!report.rounding.empty()) {
        out << weights << report.reference << ": what rounding changes\n";
        print_rows(out, report.rounding, false);
    }
    return out.str();
}

std::string to_json(const VerifyReport &report) {
    const VerifyRow *first = report.first_departure();
    const Json result = {{"model", report.model},
                         {"reference", report.reference},
                         {"tolerance", report.tolerance},
                         {"passed", report.passed()},
                         {"first_departure", first == nullptr ? Json(nullptr) : Json(first->tensor)},
                         {"levels_that_depend_on_the_batch", report.depends_on_batch},
                         {"outputs", rows_json(report.outputs)},
                         {"layers", rows_json(report.layers)},
                         {"weights", to_text(report.weights)},
                         {"rounded", rows_json(report.rounded)},
                         {"rounding", rows_json(report.rounding)}};
    return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string failure(const VerifyReport &report) {
    const VerifyRow *first = report.first_departure();
    if (first == nullptr) {
        return report.model + ": a batch gives other bits than its images one by one at " +
               join({report.depends_on_batch.begin(), report.depends_on_batch.end()}) +
               "; please report it with the model";
    }
    return report.model + ": departs from " + report.reference + ", first in " + quote(first->tensor) + " at " +
           first->level + " on the input '" + first->test_case + "': " + describe(*first) + ", bound " +
           (first->type == DataType::f32 ? number(report.tolerance) : "equal") +
           "; please report it with the model";
}

}  // namespace ingot
