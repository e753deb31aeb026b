// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/error.h"
#include "spec/kernel_spec.h"
#include "spec/text.h"
#include "spec/value_text.h"
#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace ingot {
namespace {

using value_text::print;
using value_text::read;

enum class Kind {
    shape,     ///< required, always printed
    optional,  ///< part of the shape, left out at its default
    layout,    ///< always printed, but not in a shape's text; not required
    added,     ///< a layout that is printed where the epilogue adds a tensor
    memory,    ///< a layout that is left out at its default
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
constexpr Key c = {
    "c", Kind::shape, [](const KernelSpec &spec) { return print(spec.ci); },
    [](std::string_view text, KernelSpec &spec) { spec.ci = spec.co = value_text::read_number(text); }};
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
constexpr Key in_place = key<&KernelSpec::in_place>("in_place", Kind::memory);
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
constexpr std::array map_keys = {dims, f, views, in_place};
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
        const bool is_usual = value == row.print(usual);
        const bool is_layout = row.kind == Kind::layout || (row.kind == Kind::added && spec.has(Function::add)) ||
                               (row.kind == Kind::memory && !is_usual);
        if (row.kind == Kind::shape || (is_layout && layouts) || (row.kind == Kind::optional && !is_usual)) {
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

}  // namespace ingot
