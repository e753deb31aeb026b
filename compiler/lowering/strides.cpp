// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/lowering/strides.h"
#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace ingot {

namespace {

/// Products of the extents from each dimension inwards, smallest first.
std::vector<int64_t> inner_products(const Shape &shape) {
    std::vector<int64_t> products;
    int64_t product = 1;
    for (auto extent = shape.rbegin(); extent != shape.rend(); ++extent) {
        if (*extent != 1) {
            product *= *extent;
            products.push_back(product);
        }
    }
    return products;
}

}  // namespace

Strides dense_strides(const Shape &shape, const std::vector<std::size_t> &order) {
    Strides strides(shape.size());
    int64_t stride = 1;
    for (auto dim = order.rbegin(); dim != order.rend(); ++dim) {
        strides[*dim] = stride;
        stride *= shape[*dim];
    }
    return strides;
}

Strides row_major_strides(const Shape &shape) {
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return dense_strides(shape, order);
}

bool is_row_major(const Shape &shape, const Strides &strides) {
    const Strides dense = row_major_strides(shape);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != 1 && strides[i] != dense[i]) {
            return false;
        }
    }
    return true;
}

std::vector<std::size_t> memory_order(const Shape &shape, const Strides &strides) {
    // A dimension without a stride of its own takes that of the one before it.
    Strides keys;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool own = shape[i] != 1 && strides[i] != 0;
        keys.push_back(own ? std::abs(strides[i]) : keys.empty() ? INT64_MAX : keys.back());
    }
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] > keys[b]; });
    return order;
}

std::optional<Strides> reshape_strides(const Shape &from, const Strides &strides, const Shape &to) {
    // Groups of dimensions with equal products, innermost first; one of `from` lies like a single dimension.
    Strides result(to.size(), 0);
    std::size_t i = from.size(), j = to.size();
    for (;;) {
        while (i > 0 && from[i - 1] == 1) {
            --i;
        }
        while (j > 0 && to[j - 1] == 1) {
            --j;
        }
        if (i == 0 || j == 0) {
            break;
        }
        const int64_t innermost = strides[i - 1];
        int64_t taken = from[--i], given = 1;
        std::size_t first = j;
        while (given != taken || first == j) {
            if (given < taken) {
                result[--first] = innermost * given;
                given *= to[first];
                continue;
            }
            while (i > 0 && from[i - 1] == 1) {
                --i;
            }
            if (i == 0 || strides[i - 1] != innermost * taken) {
                return std::nullopt;
            }
            taken *= from[--i];
        }
        j = first;
    }
    // A dimension of one element may have any stride; that of a dense tensor keeps buffers well-formed.
    for (std::size_t k = to.size(); k-- > 0;) {
        if (to[k] == 1) {
            result[k] = k + 1 < to.size() ? std::max<int64_t>(1, std::abs(result[k + 1]) * to[k + 1]) : 1;
        }
    }
    return result;
}

std::optional<Shape> common_refinement(const Shape &a, const Shape &b) {
    std::vector<int64_t> products = inner_products(a), others = inner_products(b);
    products.insert(products.end(), others.begin(), others.end());
    std::sort(products.begin(), products.end());
    products.erase(std::unique(products.begin(), products.end()), products.end());
    Shape result;
    int64_t inner = 1;
    for (const int64_t product : products) {
        if (product % inner != 0) {
            return std::nullopt;
        }
        result.insert(result.begin(), product / inner);
        inner = product;
    }
    return result;
}

Strides broadcast_strides(const Shape &shape, const Strides &strides, const Shape &to) {
    Strides result(to.size(), 0);
    const std::size_t shift = to.size() - shape.size();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        result[shift + i] = shape[i] == 1 && to[shift + i] != 1 ? 0 : strides[i];
    }
    return result;
}

Loops simplified(const Loops &loops) {
    const Strides &last = loops.strides.back();
    const auto is_apart = [&](std::size_t i) {
        return std::find(loops.apart.begin(), loops.apart.end(), i) != loops.apart.end();
    };
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < loops.dims.size(); ++i) {
        if (loops.dims[i] != 1 || is_apart(i)) {
            order.push_back(i);
        }
    }
    const auto key = [&](std::size_t i) { return last[i] == 0 ? INT64_MAX : std::abs(last[i]); };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
    Loops result;
    result.strides.resize(loops.strides.size());
    std::vector<std::size_t> origins;  // of result.apart
    bool after_apart = false;
    for (const std::size_t i : order) {
        const auto continues = [&](std::size_t tensor) {
            return result.strides[tensor].back() == loops.strides[tensor][i] * loops.dims[i];
        };
        bool merges = !result.dims.empty() && !is_apart(i) && !after_apart;
        for (std::size_t tensor = 0; tensor < loops.strides.size() && merges; ++tensor) {
            merges = continues(tensor);
        }
        if (merges) {
            result.dims.back() *= loops.dims[i];
        } else {
            result.dims.push_back(loops.dims[i]);
            after_apart = is_apart(i);
            if (after_apart) {
                result.apart.push_back(result.dims.size() - 1);
                origins.push_back(i);
            }
        }
        for (std::size_t tensor = 0; tensor < loops.strides.size(); ++tensor) {
            if (merges) {
                result.strides[tensor].back() = loops.strides[tensor][i];
            } else {
                result.strides[tensor].push_back(loops.strides[tensor][i]);
            }
        }
    }
    // In the order in which they were given.
    std::vector<std::size_t> apart;
    for (const std::size_t i : loops.apart) {
        const auto found = std::find(origins.begin(), origins.end(), i);
        apart.push_back(result.apart[static_cast<std::size_t>(found - origins.begin())]);
    }
    result.apart = std::move(apart);
    if (result.dims.empty()) {
        result.dims = {1};
        for (Strides &strides : result.strides) {
            strides = {1};
        }
    }
    return result;
}

}  // namespace ingot
