// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the generators of the tensor ops share. A position has an entry per dimension of the op, outermost first;
// Halide's arguments are the other way round.
#pragma once
#include "Halide.h"
#include "spec/tensor_spec.h"
#include <cstddef>
#include <vector>

namespace ingot {

/// A variable for each of spec.dims: d0, d1, ...
std::vector<Halide::Var> dim_vars(const KernelSpec &spec);

/// Those of the entries that a view differs along, its stride not 0, innermost first.
template<typename Entry>
std::vector<Entry> along_view(const View &view, const std::vector<Entry> &position) {
    std::vector<Entry> arguments;
    for (std::size_t i = position.size(); i-- > 0;) {
        if (view.strides[i] != 0) {
            arguments.push_back(position[i]);
        }
    }
    return arguments;
}

/// A source as the kernel reads it: a function `name` of the dimensions that its view differs along. `buffer` is
/// the kernel's argument.
Halide::Func read_view(const std::string &name, const View &view, const Halide::Func &buffer,
                       const std::vector<Halide::Var> &vars);

/// The element of read_view() at a position.
Halide::Expr element_at(const Halide::Func &source, const View &view, const std::vector<Halide::Expr> &position);

/// The variables as a position, 0 where `dst` has no dimension.
std::vector<Halide::Expr> position_in(const View &dst, const std::vector<Halide::Var> &vars);

/// The ranges of an RDom from 0 over these extents, innermost first.
std::vector<Halide::Range> ranges_of(const std::vector<int64_t> &extents);

}  // namespace ingot
