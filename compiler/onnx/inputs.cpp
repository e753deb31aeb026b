// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/onnx/inputs.h"
#include "spec/text.h"
#include <algorithm>

namespace ingot {

namespace {

using Dimensions = std::vector<OnnxDimension>;

/// `1,3,224,224`.
std::string extents_text(const std::vector<int64_t> &shape) {
    const std::string text = shape_to_text(shape);
    return text.substr(1, text.size() - 2);
}

/// `[n,3,?,?]`.
std::string dimensions_text(const std::optional<Dimensions> &dimensions) {
    if (!dimensions) {
        return "of unknown rank";
    }
    std::string text;
    for (const OnnxDimension &dimension : *dimensions) {
        const std::string open = dimension.symbol.empty() ? "?" : printable(dimension.symbol);
        text += (text.empty() ? "" : ",") + (dimension.extent == -1 ? open : std::to_string(dimension.extent));
    }
    return "[" + text + "]";
}

/// An option that fixes every dimension: of pictures 3 channels of 224 x 224, else extents of 100.
std::string example(const OnnxInput &input, const std::optional<Dimensions> &dimensions) {
    std::vector<int64_t> shape{1, 3, 224, 224};
    const bool is_picture = !dimensions || dimensions->size() == shape.size();
    shape.resize(dimensions ? dimensions->size() : shape.size());
    for (std::size_t i = 0; dimensions && i < dimensions->size(); ++i) {
        const int64_t extent = (*dimensions)[i].extent;
        shape[i] = extent != -1 ? extent : is_picture ? shape[i] : i == 0 ? 1 : 100;
    }
    return "--shape " + printable(input.name) + "=" + extents_text(shape);
}

OnnxProblem left_open(const OnnxInput &input, const std::optional<Dimensions> &dimensions) {
    const std::string way_out = "; give the extents with an option such as " + example(input, dimensions);
    if (!dimensions) {
        return {"it has no shape" + way_out};
    }
    std::string open;
    for (std::size_t i = 1; i < dimensions->size(); ++i) {
        const OnnxDimension &dimension = (*dimensions)[i];
        if (dimension.extent == -1) {
            open += (open.empty() ? "" : ", ") + std::to_string(i) +
                    (dimension.symbol.empty() ? "" : " " + quote(dimension.symbol));
        }
    }
    return {"dimension " + open + " is dynamic" + way_out};
}

bool contradicts(const std::optional<Dimensions> &dimensions, const std::vector<int64_t> &asked) {
    return dimensions && !std::equal(dimensions->begin(), dimensions->end(), asked.begin(), asked.end(),
                                     [](const OnnxDimension &dimension, int64_t extent) {
                                         return dimension.extent == -1 || dimension.extent == extent;
                                     });
}

}  // namespace

std::pair<std::string, std::vector<int64_t>> parse_input_shape(std::string_view text) {
    const auto refuse = [&]() -> std::pair<std::string, std::vector<int64_t>> {
        throw Error("--shape " + printable(text) +
                    ": not the name of an input and its extents; write it like --shape image=1,3,224,224");
    };
    const std::size_t equals = text.rfind('=');
    if (equals == std::string_view::npos || equals == 0) {
        return refuse();
    }
    std::vector<int64_t> shape;
    const std::string_view extents = text.substr(equals + 1);
    for (const std::string_view part : extents.empty() ? std::vector<std::string_view>() : split(extents, ',')) {
        const std::optional<int64_t> extent = read_int(part, 1, max_elements);
        if (!extent) {
            return refuse();
        }
        shape.push_back(*extent);
    }
    return {std::string(text.substr(0, equals)), shape};
}

std::variant<std::vector<int64_t>, OnnxProblem> resolve_shape(const OnnxInput &input,
                                                              const std::vector<int64_t> *asked) {
    if (const auto *problem = std::get_if<OnnxProblem>(&input.type)) {
        return *problem;
    }
    const std::optional<Dimensions> &dimensions = std::get<OnnxTensorType>(input.type).dimensions;
    std::vector<int64_t> shape;
    if (asked != nullptr) {
        if (contradicts(dimensions, *asked)) {
            return OnnxProblem{"--shape " + printable(input.name) + "=" + extents_text(*asked) +
                               " contradicts its shape " + dimensions_text(dimensions) +
                               "; give extents that agree with it"};
        }
        shape = *asked;
    } else if (!dimensions) {
        return left_open(input, dimensions);
    } else {
        for (std::size_t i = 0; i < dimensions->size(); ++i) {
            const int64_t extent = (*dimensions)[i].extent;
            if (extent == -1 && i > 0) {
                return left_open(input, dimensions);
            }
            shape.push_back(extent == -1 ? 1 : extent);
        }
    }
    if (shape.size() > max_rank) {
        return OnnxProblem{"it has " + std::to_string(shape.size()) +
                           " dimensions, which is not supported; use at most " + std::to_string(max_rank)};
    }
    if (!element_count(shape)) {
        return OnnxProblem{"shape " + shape_to_text(shape) + " is not supported; use extents above 0 and at most " +
                           std::to_string(max_elements) + " elements"};
    }
    return shape;
}

std::vector<OnnxProblem> unknown_shapes(const std::vector<const OnnxInput *> &inputs,
                                        const ImportOptions &options) {
    std::string known;
    for (const OnnxInput *input : inputs) {
        const auto *type = std::get_if<OnnxTensorType>(&input->type);
        known += (known.empty() ? "" : ", ") + quote(input->name) +
                 (type != nullptr ? " " + dimensions_text(type->dimensions) : "");
    }
    std::vector<OnnxProblem> problems;
    for (const auto &[name, shape] : options.shapes) {
        const auto is_named = [&wanted = name](const OnnxInput *input) { return input->name == wanted; };
        if (std::none_of(inputs.begin(), inputs.end(), is_named)) {
            problems.push_back({"--shape " + printable(name) + "=" + extents_text(shape) +
                                ": the model has no such input; it has " + (known.empty() ? "none" : known)});
        }
    }
    return problems;
}

}  // namespace ingot
