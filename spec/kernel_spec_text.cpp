// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/error.h"
#include "spec/kernel_spec.h"
#include "spec/text.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
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

constexpr Names<DimOrder, 7> order_names = {{
    {DimOrder::nchw, "nchw"},
    {DimOrder::nhwc, "nhwc"},
    {DimOrder::nc, "nc"},
    {DimOrder::oihw, "oihw"},
    {DimOrder::ohwi16o, "ohwi16o"},
    {DimOrder::oi, "oi"},
    {DimOrder::winograd2, "winograd2"},
}};

constexpr Names<DataType, 5> type_names = {{
    {DataType::f32, "f32"},
    {DataType::i64, "i64"},
    {DataType::i32, "i32"},
    {DataType::u8, "u8"},
    {DataType::boolean, "bool"},
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

int64_t read_number(std::string_view text, int64_t lowest = 0) {
    const auto value = read_int(text, lowest, int32_max);
    if (!value) {
        throw Error("'" + std::string(text) + "' is not a number from " + std::to_string(lowest) + " to " +
                    std::to_string(int32_max));
    }
    return *value;
}

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

float read_finite(std::string_view text) {
    const std::optional<float> value = read_float(text);
    if (!value) {
        throw Error("'" + std::string(text) + "' is not a finite float");
    }
    return *value;
}

std::string print(float value) {
    return print_float(value);
}

void read(std::string_view text, float &value) {
    value = read_finite(text);
}

// Takes what stands before `mark` off the front of `text`; the whole text where there is no mark.
std::string_view take_until(std::string_view &text, std::string_view marks) {
    const std::string_view head = text.substr(0, text.find_first_of(marks));
    text.remove_prefix(head.size());
    return head;
}

// [type[(scale/zero_point)]/]order[+halo][@strides]
std::string print(const Operand &operand) {
    std::string text;
    if (operand.type != DataType::f32 || operand.scale != 1.0f || operand.zero_point != 0) {
        text.append(name_of(type_names, operand.type));
        text += '(' + print_float(operand.scale) + '/' + std::to_string(operand.zero_point) + ")/";
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

// [type/]strides[;[type/]strides ...]
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

enum class Kind {
    shape,     ///< required, always printed
    optional,  ///< part of the shape, left out at its default
    layout,    ///< always printed, but not in a shape's text; not required
    added,     ///< a layout that is printed where the epilogue adds a tensor
};

/// One `key=value` of an op's text.
struct Key {
    std::string_view name;
    Kind kind;
    std::string (*print)(const KernelSpec &);
    void (*read)(std::string_view, KernelSpec &);
};

// What a key reads and prints: a member of the spec, or a member of one of its windows.
template<auto member, auto inner = nullptr>
auto &part(auto &spec) {
    if constexpr (inner == nullptr) {
        return spec.*member;
    } else if constexpr (requires { (spec.*member).has_value(); }) {
        return *(spec.*member).*inner;
    } else {
        return spec.*member.*inner;
    }
}

template<auto... members>
constexpr Key key(std::string_view name, Kind kind) {
    return {name, kind, [](const KernelSpec &spec) { return print(part<members...>(spec)); },
            [](std::string_view text, KernelSpec &spec) { read(text, part<members...>(spec)); }};
}

constexpr Key n = key<&KernelSpec::n>("n", Kind::shape);
constexpr Key h = key<&KernelSpec::h>("h", Kind::shape);
constexpr Key w = key<&KernelSpec::w>("w", Kind::shape);
constexpr Key ci = key<&KernelSpec::ci>("ci", Kind::shape);
constexpr Key co = key<&KernelSpec::co>("co", Kind::shape);
constexpr Key c = {"c", Kind::shape, [](const KernelSpec &spec) { return print(spec.ci); },
                   [](std::string_view text, KernelSpec &spec) { spec.ci = spec.co = read_number(text); }};
constexpr Key k = key<&KernelSpec::window, &Window::kernel>("k", Kind::shape);
constexpr Key s = key<&KernelSpec::window, &Window::stride>("s", Kind::shape);
constexpr Key p = key<&KernelSpec::window, &Window::pad>("p", Kind::shape);
constexpr Key d = key<&KernelSpec::window, &Window::dilation>("d", Kind::optional);
constexpr Key g = key<&KernelSpec::groups>("g", Kind::optional);
constexpr Key pk = key<&KernelSpec::pool, &Window::kernel>("pk", Kind::shape);
constexpr Key ps = key<&KernelSpec::pool, &Window::stride>("ps", Kind::shape);
constexpr Key pp = key<&KernelSpec::pool, &Window::pad>("pp", Kind::shape);
constexpr Key pd = key<&KernelSpec::pool, &Window::dilation>("pd", Kind::optional);
constexpr Key src = key<&KernelSpec::src>("src", Kind::layout);
constexpr Key weights = key<&KernelSpec::weights>("weights", Kind::layout);
constexpr Key dst = key<&KernelSpec::dst>("dst", Kind::layout);
constexpr Key add = key<&KernelSpec::add>("add", Kind::added);
constexpr Key epilogue = key<&KernelSpec::epilogue>("epilogue", Kind::optional);
constexpr Key mode = key<&KernelSpec::mode>("mode", Kind::optional);
constexpr Key dims = key<&KernelSpec::dims>("dims", Kind::shape);
constexpr Key views = key<&KernelSpec::views>("views", Kind::shape);
constexpr Key f = key<&KernelSpec::expression>("f", Kind::shape);
constexpr Key reduction_key = key<&KernelSpec::reduction>("r", Kind::shape);
constexpr Key axis = key<&KernelSpec::axis>("axis", Kind::shape);
constexpr Key taps = key<&KernelSpec::taps>("taps", Kind::shape);
constexpr Key extent = key<&KernelSpec::extent>("extent", Kind::shape);
constexpr Key before = key<&KernelSpec::before>("before", Kind::shape);
constexpr Key inside = key<&KernelSpec::inside>("inside", Kind::shape);
constexpr Key value_key = key<&KernelSpec::value>("value", Kind::shape);

constexpr std::array conv2d_keys = {n, h, w, ci, co, k, s, p, d, g, src, weights, add, dst, epilogue};
constexpr std::array conv2d_pool2d_keys = {n, h,  w,  ci, co, k,   s,       p,   d,
                                           g, pk, ps, pp, pd, src, weights, dst, epilogue};
constexpr std::array pool2d_keys = {n, h, w, c, k, s, p, d, mode, src, dst, epilogue};
constexpr std::array gemm_keys = {n, ci, co, src, weights, add, dst, epilogue};
constexpr std::array sequential_keys = {n};
constexpr std::array map_keys = {dims, f, views};
constexpr std::array reduce_keys = {dims, reduction_key, f, views};
constexpr std::array resample_keys = {dims, axis, taps, extent, views};
constexpr std::array pad_keys = {dims, before, inside, value_key, views};
constexpr std::array matmul_keys = {dims, views};

std::span<const Key> keys_of(Op op) {
    switch (op) {
    case Op::conv2d:
        return conv2d_keys;
    case Op::conv2d_pool2d:
        return conv2d_pool2d_keys;
    case Op::pool2d:
        return pool2d_keys;
    case Op::gemm:
        return gemm_keys;
    case Op::sequential:
        return sequential_keys;
    case Op::map:
        return map_keys;
    case Op::reduce:
        return reduce_keys;
    case Op::resample:
        return resample_keys;
    case Op::pad:
        return pad_keys;
    case Op::matmul:
        return matmul_keys;
    }
    INGOT_CHECK(false, "an op has no keys");
    return {};
}

// What a text that says nothing but the op stands for.
KernelSpec default_spec(Op op) {
    KernelSpec spec;
    spec.op = op;
    if (op == Op::gemm) {
        spec.src.order = spec.dst.order = DimOrder::nc;
        spec.weights.order = DimOrder::oi;
    } else if (op != Op::pool2d && !is_tensor_op(op)) {
        spec.weights.order = DimOrder::oihw;
    }
    if (op == Op::conv2d_pool2d) {
        spec.pool.emplace();
    }
    return spec;
}

std::string print_keys(const KernelSpec &given, bool layouts) {
    KernelSpec spec = given;
    if (spec.op == Op::conv2d_pool2d && !spec.pool) {
        spec.pool.emplace();
    }
    const KernelSpec usual = default_spec(spec.op);
    std::string text(to_text(spec.op));
    for (const Key &row : keys_of(spec.op)) {
        const std::string value = row.print(spec);
        const bool is_layout = row.kind == Kind::layout || (row.kind == Kind::added && spec.has(Function::add));
        if (row.kind == Kind::shape || (is_layout && layouts) ||
            (row.kind == Kind::optional && value != row.print(usual))) {
            text.append(" ").append(row.name).append("=").append(value);
        }
    }
    for (const KernelSpec &layer : spec.layers) {
        text.append(" [").append(print_keys(layer, layouts)).append("]");
    }
    return text;
}

std::string known_keys(Op op) {
    std::vector<std::string_view> names;
    for (const Key &row : keys_of(op)) {
        names.push_back(row.name);
    }
    return "keys of " + std::string(to_text(op)) + ": " + join(names, " ");
}

void read_token(std::string_view token, KernelSpec &spec, std::vector<std::string_view> &seen) {
    const std::size_t equals = token.find_first_of("=:");
    const std::string_view name = token.substr(0, equals);
    const auto keys = keys_of(spec.op);
    const auto row = std::find_if(keys.begin(), keys.end(), [&](const Key &r) { return r.name == name; });
    if (row == keys.end()) {
        throw Error("unknown key '" + std::string(name) + "'; " + known_keys(spec.op));
    }
    if (equals == std::string_view::npos) {
        throw Error("key '" + std::string(name) + "' has no value; write " + std::string(name) + "=value");
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        throw Error("key '" + std::string(name) + "' is given twice; " + known_keys(spec.op));
    }
    seen.push_back(name);
    try {
        row->read(token.substr(equals + 1), spec);
    } catch (const Error &error) {
        throw Error("key '" + std::string(name) + "': " + error.what());
    }
}

KernelSpec parse_text(std::string_view text);

/// The layers behind the keys of a sequential, each in brackets.
std::vector<KernelSpec> parse_layers(std::string_view text) {
    std::vector<KernelSpec> layers;
    while (!text.empty()) {
        const std::size_t open = text.find('['), close = text.find(']');
        if (text.substr(0, open).find_first_not_of(' ') != std::string_view::npos || close == text.npos ||
            close < open) {
            throw Error("'" + std::string(text) + "' are not layers, each in [brackets]");
        }
        try {
            layers.push_back(parse_text(text.substr(open + 1, close - open - 1)));
        } catch (const Error &error) {
            throw Error("layer " + std::to_string(layers.size()) + ": " + error.what());
        }
        text.remove_prefix(std::min(text.find_first_not_of(' ', close + 1), text.size()));
    }
    return layers;
}

KernelSpec parse_text(std::string_view text) {
    const std::string_view bracketed = text.substr(std::min(text.find('['), text.size()));
    text.remove_suffix(bracketed.size());
    std::vector<std::string_view> tokens = split(text, ' ');
    std::erase(tokens, std::string_view());
    if (tokens.empty()) {
        throw Error("the text is empty; it starts with an op");
    }
    KernelSpec spec = default_spec(parse_op(tokens.front()));
    std::vector<std::string_view> seen;
    for (std::string_view token : std::span(tokens).subspan(1)) {
        read_token(token, spec, seen);
    }
    for (const Key &row : keys_of(spec.op)) {
        if (row.kind == Kind::shape && std::find(seen.begin(), seen.end(), row.name) == seen.end()) {
            throw Error("key '" + std::string(row.name) + "' is missing; " + known_keys(spec.op));
        }
    }
    if (spec.op == Op::sequential) {
        const int64_t images = spec.n;
        spec = make_sequential(parse_layers(bracketed));
        spec.n = images;
    } else if (!bracketed.empty()) {
        throw Error("only a sequential has layers in brackets");
    }
    return spec;
}

}  // namespace

std::string to_text(const KernelSpec &spec) {
    return print_keys(spec, true);
}

std::string shape_text(const KernelSpec &spec) {
    return print_keys(spec, false);
}

KernelSpec parse_kernel_spec(std::string_view text) {
    try {
        return parse_text(text);
    } catch (const Error &error) {
        throw Error("kernel '" + std::string(text) + "': " + error.what());
    }
}

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
    return print_four({pad.top, pad.left, pad.bottom, pad.right});
}

Op parse_op(std::string_view text) {
    return value_of(op_names, "op", text);
}

}  // namespace ingot
