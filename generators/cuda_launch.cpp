// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/cuda_launch.h"
#include "spec/error.h"
#include <map>
#include <optional>

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// Finds the calls of Halide's CUDA runtime, and the names that their arguments use.
class LaunchFinder : public IRVisitor {
public:
    std::vector<const Call *> launches;
    std::map<std::string, Expr> lets;

private:
    using IRVisitor::visit;

    void visit(const Call *call) override {
        if (call->name == "halide_cuda_run") {
            launches.push_back(call);
        } else if (call->name == "halide_device_malloc" || call->name == "halide_device_and_host_malloc") {
            throw Error("a stage is stored in device memory; compute it inside the blocks of dst");
        }
        IRVisitor::visit(call);
    }
    void visit(const LetStmt *let) override {
        lets[let->name] = let->value;
        IRVisitor::visit(let);
    }
    void visit(const Let *let) override {
        lets[let->name] = let->value;
        IRVisitor::visit(let);
    }
};

/// Evaluates the host's expressions for a batch.
class BatchExpression {
public:
    /// `buffers` are the pipeline's; the batch is the last dimension of those that have one.
    BatchExpression(const std::map<std::string, Expr> &lets, const std::vector<LoweredArgument> &buffers)
        : lets_(lets) {
        for (const LoweredArgument &buffer : buffers) {
            batch_names_.push_back(buffer.name + ".extent." + std::to_string(buffer.dimensions - 1));
        }
    }

    [[nodiscard]] int constant(const Expr &expr, const char *what) const {
        const std::optional<int> one = value(expr, 1), two = value(expr, 2);
        if (!one || one != two) {
            throw Error(std::string(what) + " depends on more than the kernel's shape");
        }
        return *one;
    }

    /// (n + add) / divide for all n.
    [[nodiscard]] CudaCount count(const Expr &expr, const char *what) const {
        constexpr int batches = 300, largest_group = 64;
        std::vector<int> values;
        for (int n = 1; n <= batches; ++n) {
            const std::optional<int> at = value(expr, n);
            if (!at) {
                throw Error(std::string(what) + " depends on more than the batch");
            }
            values.push_back(*at);
        }
        for (int divide = 1; divide <= largest_group; ++divide) {
            for (int add = 0; add < divide; ++add) {
                bool all = true;
                for (int n = 1; n <= batches && all; ++n) {
                    all = values[static_cast<std::size_t>(n - 1)] == (n + add) / divide;
                }
                if (all) {
                    return {add, divide};
                }
            }
        }
        throw Error(std::string(what) + " is no multiple of the batch; make the image the innermost block");
    }

private:
    [[nodiscard]] std::optional<int> value(Expr expr, int n) const {
        for (std::size_t depth = 0; depth <= lets_.size(); ++depth) {
            std::map<std::string, Expr> names = lets_;
            for (const std::string &batch : batch_names_) {
                names[batch] = Expr(n);
            }
            expr = simplify(substitute(names, expr));
            if (const auto known = as_const_int(expr)) {
                return static_cast<int>(*known);
            }
        }
        return std::nullopt;
    }

    const std::map<std::string, Expr> &lets_;
    std::vector<std::string> batch_names_;
};

const Call &as_struct(const Expr &expr) {
    Expr inner = expr;
    while (const auto *cast = inner.as<Cast>()) {
        inner = cast->value;
    }
    const auto *call = inner.as<Call>();
    INGOT_CHECK(call != nullptr && call->name == "make_struct", "an argument list of halide_cuda_run");
    return *call;
}

/// The buffers of the pipeline, in the order of kernel_buffers(spec); the user context comes before them.
std::vector<LoweredArgument> buffers_of(const LoweredFunc &function) {
    std::vector<LoweredArgument> buffers;
    for (const LoweredArgument &argument : function.args) {
        if (argument.is_buffer()) {
            buffers.push_back(argument);
        }
    }
    return buffers;
}

/// The buffer that an argument passes: `src.buffer`.
int operand_of(const Expr &expr, const std::vector<LoweredArgument> &buffers) {
    Expr inner = expr;
    while (const auto *cast = inner.as<Cast>()) {
        inner = cast->value;
    }
    const auto *variable = inner.as<Variable>();
    INGOT_CHECK(variable != nullptr, "a buffer argument of halide_cuda_run");
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        if (variable->name == buffers[i].name + ".buffer") {
            return static_cast<int>(i);
        }
    }
    throw Error("the device kernel reads '" + variable->name + "', which is no operand");
}

std::string source_of(const Module &module) {
    for (const Buffer<> &buffer : module.buffers()) {
        if (buffer.name() == "cuda_gpu_source_kernels") {
            const std::string text(reinterpret_cast<const char *>(buffer.data()), buffer.size_in_bytes());
            return text.substr(0, text.find('\0'));
        }
    }
    INGOT_CHECK(false, "no PTX in the module");
    return {};
}

}  // namespace

CudaLaunch find_cuda_launch(const Module &module) {
    LaunchFinder finder;
    INGOT_CHECK(module.functions().size() == 1, "a pipeline is one function");
    const LoweredFunc &function = module.functions()[0];
    function.body.accept(&finder);
    const std::vector<LoweredArgument> buffers = buffers_of(function);
    if (finder.launches.size() != 1) {
        throw Error("the schedule makes " + std::to_string(finder.launches.size()) +
                    " device kernels; a CUDA schedule makes one");
    }
    // halide_cuda_run(state, entry, blocks x y z, threads x y z, shared bytes, argument sizes, arguments, kinds)
    const std::vector<Expr> &args = finder.launches[0]->args;
    const BatchExpression batch(finder.lets, buffers);
    CudaLaunch launch;
    launch.ptx = source_of(module);
    const auto *entry = args[1].as<StringImm>();
    INGOT_CHECK(args.size() == 12 && entry != nullptr, "the arguments of halide_cuda_run");
    launch.entry = entry->value;
    launch.grid_x = batch.count(args[2], "grid x");
    launch.grid_y = batch.constant(args[3], "grid y");
    launch.grid_z = batch.constant(args[4], "grid z");
    for (std::size_t i = 0; i < launch.block.size(); ++i) {
        launch.block[i] = batch.constant(args[5 + i], "the block's size");
    }
    constexpr int most_blocks = 65535, most_threads = 1024;
    if (launch.grid_y > most_blocks || launch.grid_z > most_blocks ||
        launch.block[0] * launch.block[1] * launch.block[2] > most_threads) {
        throw Error(
            "the launch is larger than CUDA allows: at most 65,535 blocks in y and in z, and 1,024 threads; "
            "the picture is too large for this schedule");
    }
    launch.shared_bytes = batch.constant(args[8], "the size of shared memory");
    const Call &values = as_struct(args[10]), &kinds = as_struct(args[11]);
    for (std::size_t i = 0; i + 1 < values.args.size(); ++i) {  // the last is null
        if (is_const_one(kinds.args[i])) {
            launch.arguments.push_back({operand_of(values.args[i], buffers), {}});
        } else {
            const Expr &number = as_struct(values.args[i]).args.at(0);
            INGOT_CHECK(number.type() == Int(32), "an argument of 32 bits");
            launch.arguments.push_back({-1, batch.count(number, "an argument of the device kernel")});
        }
    }
    return launch;
}

}  // namespace ingot
