// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/tensor_views.h"

namespace ingot {

std::vector<Halide::Var> dim_vars(const KernelSpec &spec) {
    std::vector<Halide::Var> vars;
    for (std::size_t i = 0; i < spec.dims.size(); ++i) {
        vars.emplace_back("d" + std::to_string(i));
    }
    return vars;
}

Halide::Func read_view(const std::string &name, const View &view, const Halide::Func &buffer,
                       const std::vector<Halide::Var> &vars) {
    Halide::Func source(name);
    std::vector<Halide::Expr> position;
    for (std::size_t i = vars.size(); i-- > 0;) {
        position.push_back(view.strides[i] == 0 ? Halide::Expr(0) : Halide::Expr(vars[i]));
    }
    source(along_view(view, vars)) = buffer(position);
    return source;
}

Halide::Expr element_at(const Halide::Func &source, const View &view, const std::vector<Halide::Expr> &position) {
    return source(along_view(view, position));
}

std::vector<Halide::Expr> position_in(const View &dst, const std::vector<Halide::Var> &vars) {
    std::vector<Halide::Expr> position(vars.begin(), vars.end());
    for (std::size_t i = 0; i < vars.size(); ++i) {
        position[i] = dst.strides[i] == 0 ? Halide::Expr(0) : position[i];
    }
    return position;
}

std::vector<Halide::Range> ranges_of(const std::vector<int64_t> &extents) {
    std::vector<Halide::Range> ranges;
    for (std::size_t i = extents.size(); i-- > 0;) {
        ranges.emplace_back(0, static_cast<int>(extents[i]));
    }
    return ranges;
}

}  // namespace ingot
