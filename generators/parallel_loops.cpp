// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/parallel_loops.h"
#include "generators/loop_facts.h"
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
constexpr double operation = 0.035;      ///< on a vector of at most 256 bits: a multiplication, an addition, a load
constexpr double byte = 0.03;            ///< of an operand, from a cache that is shared or from memory
constexpr double least_kernel = 35'000;  ///< below, no part of a kernel is handed to threads that may be asleep
constexpr double least_loop = 10'000;
constexpr double least_task = 5'000;
constexpr double hand_over = 2'000;  ///< to threads that wait for it, and back
constexpr int64_t most_tasks = 64;
/// The number of threads for which the better of two loops is chosen.
constexpr int64_t usual_threads = 8;

int64_t ceiling(int64_t value, int64_t divisor) {
    return (value + divisor - 1) / divisor;
}

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
    ParallelLoops(const ScheduledFunctions &functions, int vector_bits, double operation_time)
        : functions_(functions), vector_bits_(vector_bits), operation_time_(operation_time) {}

private:
    using IRMutator::visit;

    [[nodiscard]] double time_of(const IRNode *statement) const {
        return count_operations(statement, vector_bits_) * operation_time_;
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
            return uses_buffer(body, op->name) ? result : without_free(body, op->name);
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
        for (const std::string &buffer : written_buffers(loop->body)) {
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

    const ScheduledFunctions &functions_;
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
        const double operations = count_operations(kernel.get(), vector_bits_);
        const double time = std::max(operations * operation, static_cast<double>(operand_bytes_) * byte);
        if (time < least_kernel || operations == 0) {
            return kernel;
        }
        const ScheduledFunctions functions(outputs_);
        return ParallelLoops(functions, vector_bits_, time / operations).mutate(kernel);
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
