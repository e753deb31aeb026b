// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/value_text.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace ingot {

namespace {

constexpr int64_t int32_max = std::numeric_limits<int32_t>::max();

template<typename Value, std::size_t Size>
using Names = std::array<std::pair<Value, std::string_view>, Size>;

constexpr Names<Op, 10> op_names = {{
    {Op::conv2d, "conv2d"},
    {Op::conv2d_pool2d, "conv2d_pool2d"},
    {Op::pool2d, "pool2d"},
    {Op::gemm, "gemm"},
    {Op::sequential, "sequential"},
    {Op::map, "map"},
    {Op::reduce, "reduce"},
    {Op::resample, "resample"},
    {Op::pad, "pad"},
    {Op::matmul, "matmul"},
}};

constexpr Names<DimOrder, 8> order_names = {{
    {DimOrder::nchw, "nchw"},
    {DimOrder::nhwc, "nhwc"},
    {DimOrder::nc, "nc"},
    {DimOrder::oihw, "oihw"},
    {DimOrder::ohwi16o, "ohwi16o"},
    {DimOrder::oi, "oi"},
    {DimOrder::winograd2, "winograd2"},
    {DimOrder::winograd4, "winograd4"},
}};

constexpr Names<DataType, 7> type_names = {{
    {DataType::f32, "f32"},
    {DataType::i64, "i64"},
    {DataType::i32, "i32"},
    {DataType::u8, "u8"},
    {DataType::boolean, "bool"},
    {DataType::bf16, "bf16"},
    {DataType::f16, "f16"},
}};

constexpr Names<PoolMode, 3> mode_names = {{
    {PoolMode::max, "max"},
    {PoolMode::average, "average"},
    {PoolMode::average_padded, "average_padded"},
}};

constexpr Names<Reduction, 9> reduction_names = {{
    {Reduction::sum, "sum"},
    {Reduction::mean, "mean"},
    {Reduction::product, "product"},
    {Reduction::max, "max"},
    {Reduction::min, "min"},
    {Reduction::arg_max, "arg_max"},
    {Reduction::arg_max_last, "arg_max_last"},
    {Reduction::arg_min, "arg_min"},
    {Reduction::arg_min_last, "arg_min_last"},
}};

template<typename Value, std::size_t Size>
std::string_view name_of(const Names<Value, Size> &names, Value value) {
    const auto row = std::find_if(names.begin(), names.end(), [&](const auto &r) { return r.first == value; });
    INGOT_CHECK(row != names.end(), "a value of an enumeration has no name");
    return row->second;
}

template<typename Value, std::size_t Size>
Value value_of(const Names<Value, Size> &names, std::string_view what, std::string_view text) {
    std::vector<std::string_view> known;
    for (const auto &[value, name] : names) {
        if (name == text) {
            return value;
        }
        known.push_back(name);
    }
    throw Error("unknown " + std::string(what) + " '" + std::string(text) + "'; known: " + join(known));
}

float read_finite(std::string_view text) {
    const std::optional<float> value = read_float(text);
    if (!value) {
        throw Error("'" + std::string(text) + "' is not a finite float");
    }
    return *value;
}

// Takes what stands before `mark` off the front of `text`; the whole text where there is no mark.
std::string_view take_until(std::string_view &text, std::string_view marks) {
    const std::string_view head = text.substr(0, text.find_first_of(marks));
    text.remove_prefix(head.size());
    return head;
}

}  // namespace

namespace value_text {

int64_t read_number(std::string_view text, int64_t lowest) {
    const auto value = read_int(text, lowest, int32_max);
    if (!value) {
        throw Error("'" + std::string(text) + "' is not a number from " + std::to_string(lowest) + " to " +
                    std::to_string(int32_max));
    }
    return *value;
}

namespace {

std::array<int64_t, 4> read_four(std::string_view text) {
    const auto parts = split(text, ',');
    if (parts.size() != 4) {
        throw Error("'" + std::string(text) + "' are not four numbers a,b,c,d");
    }
    return {read_number(parts[0]), read_number(parts[1]), read_number(parts[2]), read_number(parts[3])};
}

std::string print_four(const std::array<int64_t, 4> &values) {
    return std::to_string(values[0]) + ',' + std::to_string(values[1]) + ',' + std::to_string(values[2]) + ',' +
           std::to_string(values[3]);
}

void read_type(std::string_view text, Operand &operand) {
    operand.type = value_of(type_names, "type", take_until(text, "("));
    if (text.empty()) {
        return;
    }
    const auto parts = split(text.substr(1), '/');
    if (parts.size() != 2 || !parts[1].ends_with(')')) {
        throw Error("'" + std::string(text) + "' is not (scale/zero_point)");
    }
    const std::string_view zero_point = parts[1].substr(0, parts[1].size() - 1);
    operand.scale = read_finite(parts[0]);
    operand.zero_point = static_cast<int32_t>(read_number(zero_point, std::numeric_limits<int32_t>::min()));
}

}  // namespace

std::string print(const Extent2 &extent) {
    return std::to_string(extent.h) + 'x' + std::to_string(extent.w);
}

void read(std::string_view text, Extent2 &extent) {
    const auto parts = split(text, 'x');
    if (parts.size() != 2) {
        throw Error("'" + std::string(text) + "' is not height x width, as in 3x3");
    }
    extent = {read_number(parts[0]), read_number(parts[1])};
}

void read(std::string_view text, Pad2 &pad) {
    const auto [top, left, bottom, right] = read_four(text);
    pad = {top, left, bottom, right};
}

std::string print(float value) {
    return print_float(value);
}

void read(std::string_view text, float &value) {
    value = read_finite(text);
}

std::string print(const Operand &operand) {
    std::string text;
    const bool is_plain = operand.scale == 1.0f && operand.zero_point == 0;
    if (operand.type != DataType::f32 || !is_plain) {
        text.append(name_of(type_names, operand.type));
        text += is_float(operand.type) && is_plain
                    ? "/"
                    : '(' + print_float(operand.scale) + '/' + std::to_string(operand.zero_point) + ")/";
    }
    text.append(to_text(operand.order));
    if (operand.halo.any()) {
        text += '+' + to_text(operand.halo);
    }
    if (operand.strides) {
        text += '@' + print_four(*operand.strides);
    }
    return text;
}

void read(std::string_view text, Operand &operand) {
    operand = Operand{};
    if (const std::size_t slash = text.rfind('/'); slash != std::string_view::npos) {
        read_type(text.substr(0, slash), operand);
        text.remove_prefix(slash + 1);
    }
    operand.order = value_of(order_names, "order of dimensions", take_until(text, "+@"));
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        read(take_until(text, "@"), operand.halo);
    }
    if (text.starts_with('@')) {
        operand.strides = read_four(text.substr(1));
    } else if (!text.empty()) {
        throw Error("'" + std::string(text) + "' stands where @n,c,h,w may stand");
    }
}

std::string print(const std::vector<Call> &epilogue) {
    std::string text;
    for (const Call &step : epilogue) {
        text += (text.empty() ? "" : ",") + to_text(step);
    }
    return text;
}

void read(std::string_view text, std::vector<Call> &epilogue) {
    for (std::string_view name : split(text, ',')) {
        epilogue.push_back(parse_call(name));
    }
}

std::string print(int64_t value) {
    return std::to_string(value);
}
std::string print(const Pad2 &pad) {
    return to_text(pad);
}
void read(std::string_view text, int64_t &value) {
    value = read_number(text);
}

std::string print(const std::vector<int64_t> &numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        text += (i == 0 ? "" : ",") + std::to_string(numbers[i]);
    }
    return text;
}

void read(std::string_view text, std::vector<int64_t> &numbers) {
    numbers.clear();
    for (std::string_view part : split(text, ',')) {
        numbers.push_back(read_number(part, -int32_max));
    }
}

std::string print(const std::vector<View> &views) {
    std::string text;
    for (const View &view : views) {
        text += text.empty() ? "" : ";";
        text += view.type == DataType::f32 ? "" : std::string(to_text(view.type)) + '/';
        text += print(view.strides);
    }
    return text;
}

void read(std::string_view text, std::vector<View> &views) {
    views.clear();
    for (std::string_view part : split(text, ';')) {
        View &view = views.emplace_back();
        if (const std::size_t slash = part.find('/'); slash != std::string_view::npos) {
            view.type = value_of(type_names, "type", part.substr(0, slash));
            part.remove_prefix(slash + 1);
        }
        read(part, view.strides);
    }
}

std::string print(const Expression &expression) {
    return to_text(expression);
}
void read(std::string_view text, Expression &expression) {
    expression = parse_expression(text);
}

std::string print(Reduction reduction) {
    return std::string(to_text(reduction));
}
void read(std::string_view text, Reduction &reduction) {
    reduction = value_of(reduction_names, "reduction", text);
}

std::string print(PoolMode mode) {
    return std::string(to_text(mode));
}
void read(std::string_view text, PoolMode &mode) {
    mode = value_of(mode_names, "mode", text);
}

}  // namespace value_text

std::string_view to_text(Op op) {
    return name_of(op_names, op);
}

std::string_view to_text(DataType type) {
    return name_of(type_names, type);
}

std::string_view to_text(Reduction reduction) {
    return name_of(reduction_names, reduction);
}

std::string_view to_text(PoolMode mode) {
    return name_of(mode_names, mode);
}

std::string_view to_text(DimOrder order) {
    return name_of(order_names, order);
}

std::string to_text(const Pad2 &pad) {
    return value_text::print_four({pad.top, pad.left, pad.bottom, pad.right});
}

Op parse_op(std::string_view text) {
    return value_of(op_names, "op", text);
}

}  // namespace ingot
