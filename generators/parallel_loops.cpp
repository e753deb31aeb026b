// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/parallel_loops.h"
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

/// Times in nanoseconds, of a core of some 3.5 GHz: what decides is their order of magnitude.
constexpr double operation = 0.1;        ///< of a vector, multiplication, addition and load counted one by one
constexpr double byte = 0.05;            ///< of an operand, from a cache that is shared or from memory
constexpr double least_kernel = 40'000;  ///< below, no part of a kernel is handed to threads that may be asleep
constexpr double least_loop = 10'000;
constexpr double least_task = 5'000;
constexpr double hand_over = 2'000;  ///< to threads that wait for it, and back
constexpr int64_t most_tasks = 64;
/// The number of threads for which the better of two loops is chosen.
constexpr int64_t usual_threads = 8;

int64_t ceiling(int64_t value, int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

int64_t extent_of(const For *loop) {
    const auto extent = as_const_int(loop->extent);
    return extent ? *extent : 1;
}

/// Counts operations on vectors, or on scalars of floating point, times the iterations of the loops round them.
class OperationCount : public IRVisitor {
public:
    explicit OperationCount(int vector_bits) : vector_bits_(vector_bits) {}
    double operations = 0;

private:
    using IRVisitor::visit;

    void add(Type type, double each = 1) {
        if (type.is_float() || type.is_vector()) {
            operations += iterations_ * each * std::max(1, type.bits() * type.lanes() / vector_bits_);
        }
    }
    template<typename Operation>
    void add_operation(const Operation *op) {
        add(op->type);
        IRVisitor::visit(op);
    }
    void visit(const Add *op) override { add_operation(op); }
    void visit(const Sub *op) override { add_operation(op); }
    void visit(const Mul *op) override { add_operation(op); }
    void visit(const Div *op) override { add_operation(op); }
    void visit(const Min *op) override { add_operation(op); }
    void visit(const Max *op) override { add_operation(op); }
    void visit(const Select *op) override { add_operation(op); }
    void visit(const Load *op) override { add_operation(op); }
    void visit(const Store *op) override {
        add(op->value.type());
        IRVisitor::visit(op);
    }
    void visit(const Call *op) override {
        constexpr double function = 8;
        add(op->type, function);
        IRVisitor::visit(op);
    }
    void visit(const For *loop) override {
        const double outer = iterations_;
        iterations_ *= static_cast<double>(extent_of(loop));
        IRVisitor::visit(loop);
        iterations_ = outer;
    }

    double iterations_ = 1;
    int vector_bits_;
};

/// What schedules say of the functions behind loops and buffers.
class Functions {
public:
    explicit Functions(const std::vector<Func> &outputs) {
        for (const Func &output : outputs) {
            for (const auto &[name, function] : find_transitive_calls(output.function())) {
                add(function);
            }
            add(output.function());
        }
    }
    /// The function that a loop without hazards between its iterations computes; null for other loops.
    [[nodiscard]] const std::string *of_pure_loop(const std::string &loop) const {
        const auto found = pure_loops_.find(loop);
        return found == pure_loops_.end() ? nullptr : &found->second;
    }
    /// Whether all of a buffer that is read is computed anew wherever its function is.
    [[nodiscard]] bool is_recomputed(const std::string &buffer) const { return recomputed_.contains(buffer); }

private:
    void add(const Function &function) {
        if (!known_.insert(function.name()).second) {
            return;
        }
        if (function.has_pure_definition()) {
            add_loops(function, function.definition(), 0);
        }
        for (std::size_t i = 0; i < function.updates().size(); ++i) {
            add_loops(function, function.updates()[i], i + 1);
        }
        const FuncSchedule &schedule = function.schedule();
        // Halide lowers copies, and writes down there only that a function is stored where it is computed.
        const bool in_a_loop = !schedule.compute_level().func_name().empty();
        const bool stored_there = schedule.store_level().var_name() == LoopLevel::inlined().var_name();
        if (in_a_loop && stored_there && function.outputs() == 1) {
            recomputed_.insert(function.name());
        }
        for (const auto &[of, wrapper] : schedule.wrappers()) {
            for (const auto &[name, called] : find_transitive_calls(Function(wrapper))) {
                add(called);
            }
        }
    }
    void add_loops(const Function &function, const Definition &definition, std::size_t stage) {
        for (const Dim &dim : definition.schedule().dims()) {
            if (dim.is_pure()) {
                pure_loops_[function.name() + ".s" + std::to_string(stage) + "." + dim.var] = function.name();
            }
        }
    }

    std::set<std::string> known_, recomputed_;
    std::map<std::string, std::string> pure_loops_;
};

/// The buffers that a statement writes, but those that it allocates.
class WrittenBuffers : public IRVisitor {
public:
    std::set<std::string> names;

private:
    using IRVisitor::visit;

    void visit(const Store *op) override {
        if (!allocated_.contains(op->name)) {
            names.insert(op->name);
        }
        IRVisitor::visit(op);
    }
    void visit(const Allocate *op) override {
        const bool is_new = allocated_.insert(op->name).second;
        IRVisitor::visit(op);
        if (is_new) {
            allocated_.erase(op->name);
        }
    }

    std::set<std::string> allocated_;
};

class UseOfBuffer : public IRVisitor {
public:
    explicit UseOfBuffer(std::string name) : name_(std::move(name)) {}
    bool found = false;

private:
    using IRVisitor::visit;

    void visit(const Load *op) override {
        found = found || op->name == name_;
        IRVisitor::visit(op);
    }
    void visit(const Store *op) override {
        found = found || op->name == name_;
        IRVisitor::visit(op);
    }
    void visit(const Variable *op) override { found = found || op->name == name_; }
    void visit(const Allocate *op) override {
        if (op->name != name_) {
            IRVisitor::visit(op);
        }
    }

    std::string name_;
};

class WithoutFree : public IRMutator {
public:
    explicit WithoutFree(std::string name) : name_(std::move(name)) {}

private:
    using IRMutator::visit;

    Stmt visit(const Free *op) override { return op->name == name_ ? Evaluate::make(0) : Stmt(op); }
    Stmt visit(const Allocate *op) override { return op->name == name_ ? Stmt(op) : IRMutator::visit(op); }

    std::string name_;
};

/// Loops with nothing between them but definitions, outermost first.
struct Nest {
    struct Level {
        const For *loop;
        std::vector<const LetStmt *> lets;  ///< that stand in it, round the next level
        [[nodiscard]] int64_t extent() const { return extent_of(loop); }
    };
    std::vector<Level> levels;
    std::vector<const Allocate *> own;  ///< buffers of which each task has one
};

/// A nest's tasks: one for each iteration of all levels but the last, and `chunks` for that.
struct Split {
    std::size_t levels = 0;
    int64_t chunk = 1, chunks = 1, tasks = 1;
};

Split split(const Nest &nest, double time) {
    const int64_t wanted = std::clamp(static_cast<int64_t>(time / least_task), int64_t{1}, most_tasks);
    Split result;
    int64_t outer = 1;
    for (const Nest::Level &level : nest.levels) {
        ++result.levels;
        result.chunk = ceiling(level.extent(), std::max<int64_t>(1, std::min(level.extent(), wanted / outer)));
        result.chunks = ceiling(level.extent(), result.chunk);
        result.tasks = outer * result.chunks;
        outer *= level.extent();
        if (outer >= wanted) {
            break;
        }
    }
    return result;
}

Stmt parallel_loop(const Nest &nest, const Split &split) {
    const std::string name = nest.levels.front().loop->name + ".task";
    const Expr task = Variable::make(Int(32), name);
    Expr rest = task / static_cast<int>(split.chunks);
    Stmt body;
    for (std::size_t i = split.levels; i-- > 0;) {
        const Nest::Level &level = nest.levels[i];
        const For *loop = level.loop;
        const auto extent = static_cast<int>(level.extent()), chunk = static_cast<int>(split.chunk);
        if (i + 1 == split.levels) {
            const Expr first = task % static_cast<int>(split.chunks) * chunk;
            const Expr count = extent % chunk == 0 ? Expr(chunk) : min(chunk, extent - first);
            body = chunk == 1 ? LetStmt::make(loop->name, loop->min + first, loop->body)
                              : For::make(loop->name, loop->min + first, count, ForType::Serial,
                                          loop->partition_policy, loop->device_api, loop->body);
            continue;
        }
        for (auto let = level.lets.rbegin(); let != level.lets.rend(); ++let) {
            body = LetStmt::make((*let)->name, (*let)->value, body);
        }
        body = LetStmt::make(loop->name, loop->min + rest % extent, body);
        rest = rest / extent;
    }
    for (const Allocate *buffer : nest.own) {
        body = Allocate::make(buffer->name, buffer->type, buffer->memory_type, buffer->extents, buffer->condition,
                              Block::make(body, Free::make(buffer->name)), buffer->new_expr, buffer->free_function,
                              buffer->padding);
    }
    return For::make(name, 0, static_cast<int>(split.tasks), ForType::Parallel, Partition::Never, DeviceAPI::None,
                     simplify(body));
}

/// Of the loops that can be parallel, from the outermost in, takes those that give the shortest time.
class ParallelLoops : public IRMutator {
public:
    ParallelLoops(const Functions &functions, int vector_bits, double operation_time)
        : functions_(functions), vector_bits_(vector_bits), operation_time_(operation_time) {}

private:
    using IRMutator::visit;

    template<typename Statement>
    [[nodiscard]] double time_of(const Statement *statement) const {
        OperationCount count(vector_bits_);
        statement->accept(&count);
        return count.operations * operation_time_;
    }

    Stmt visit(const Store *op) override {
        time_ += time_of(op);
        return op;
    }

    Stmt visit(const For *loop) override {
        const double before = time_, alone = time_of(loop);
        if (loop->for_type != ForType::Serial || alone < least_loop) {
            time_ += alone;
            return loop;
        }
        time_ = 0;
        const std::set<std::string> given_away = given_away_;
        Stmt body = mutate(loop->body);
        const double inside = time_ * static_cast<double>(extent_of(loop));
        const Nest nest = independent_nest(loop);
        if (!nest.levels.empty()) {
            const Split tasks = split(nest, alone);
            const double rounds = static_cast<double>(ceiling(tasks.tasks, usual_threads));
            const double shared = hand_over + rounds * alone / static_cast<double>(tasks.tasks);
            if (tasks.tasks > 1 && shared < inside) {
                time_ = before + shared;
                given_away_ = given_away;
                for (const Allocate *buffer : nest.own) {
                    given_away_.insert(buffer->name);
                }
                return parallel_loop(nest, tasks);
            }
        }
        time_ = before + inside;
        return body.same_as(loop->body) ? Stmt(loop)
                                        : For::make(loop->name, loop->min, loop->extent, loop->for_type,
                                                    loop->partition_policy, loop->device_api, body);
    }

    Stmt visit(const Allocate *op) override {
        allocations_[op->name] = op;
        Stmt result = IRMutator::visit(op);
        allocations_.erase(op->name);
        if (given_away_.erase(op->name) > 0) {
            const Stmt body = result.as<Allocate>()->body;
            UseOfBuffer use(op->name);
            body.accept(&use);
            return use.found ? result : WithoutFree(op->name).mutate(body);
        }
        return result;
    }

    /// Empty where an iteration of `loop` needs what another one leaves behind.
    [[nodiscard]] Nest independent_nest(const For *loop) const {
        const std::string *function = functions_.of_pure_loop(loop->name);
        if (function == nullptr) {
            return {};
        }
        Nest nest;
        WrittenBuffers written;
        loop->body.accept(&written);
        for (const std::string &buffer : written.names) {
            if (buffer == *function || buffer.starts_with(*function + ".")) {
                continue;
            }
            const auto allocation = allocations_.find(buffer);
            if (!functions_.is_recomputed(buffer) || allocation == allocations_.end() ||
                allocation->second->constant_allocation_size() == 0) {
                return {};
            }
            nest.own.push_back(allocation->second);
        }
        while (is_level(loop, *function)) {
            nest.levels.push_back({loop, {}});
            Stmt body = loop->body;
            for (const auto *let = body.as<LetStmt>(); let != nullptr; let = body.as<LetStmt>()) {
                nest.levels.back().lets.push_back(let);
                body = let->body;
            }
            loop = body.as<For>();
        }
        return nest;
    }

    [[nodiscard]] bool is_level(const For *loop, const std::string &function) const {
        const std::string *computed = loop == nullptr ? nullptr : functions_.of_pure_loop(loop->name);
        return computed != nullptr && *computed == function && loop->for_type == ForType::Serial &&
               as_const_int(loop->min) && as_const_int(loop->extent);
    }

    const Functions &functions_;
    int vector_bits_;
    double operation_time_;
    double time_ = 0;                                      ///< of what is visited since it was set
    std::map<std::string, const Allocate *> allocations_;  ///< round what is visited
    std::set<std::string> given_away_;                     ///< buffers that tasks allocate for themselves
};

class ParallelizeLoops : public IRMutator {
public:
    ParallelizeLoops(std::vector<Func> outputs, int vector_bits, int64_t operand_bytes)
        : outputs_(std::move(outputs)), vector_bits_(vector_bits), operand_bytes_(operand_bytes) {}
    using IRMutator::mutate;
    Stmt mutate(const Stmt &kernel) override {
        OperationCount count(vector_bits_);
        kernel.accept(&count);
        const double time = std::max(count.operations * operation, static_cast<double>(operand_bytes_) * byte);
        if (time < least_kernel || count.operations == 0) {
            return kernel;
        }
        const Functions functions(outputs_);
        return ParallelLoops(functions, vector_bits_, time / count.operations).mutate(kernel);
    }

private:
    std::vector<Func> outputs_;
    int vector_bits_;
    int64_t operand_bytes_;
};

}  // namespace

void parallelize_loops(Pipeline pipeline, int vector_bits, int64_t operand_bytes) {
    pipeline.add_custom_lowering_pass(new ParallelizeLoops(pipeline.outputs(), vector_bits, operand_bytes));
}

}  // namespace ingot
