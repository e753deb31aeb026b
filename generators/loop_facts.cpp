// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/loop_facts.h"
#include <algorithm>
#include <utility>

namespace ingot {

using namespace Halide;
using namespace Halide::Internal;

namespace {

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

}  // namespace

int64_t extent_of(const For *loop) {
    const auto extent = as_const_int(loop->extent);
    return extent ? *extent : 1;
}

double count_operations(const IRNode *node, int vector_bits) {
    OperationCount count(vector_bits);
    node->accept(&count);
    return count.operations;
}

std::set<std::string> written_buffers(const Stmt &stmt) {
    WrittenBuffers written;
    stmt.accept(&written);
    return written.names;
}

bool uses_buffer(const Stmt &stmt, const std::string &buffer) {
    UseOfBuffer use(buffer);
    stmt.accept(&use);
    return use.found;
}

Stmt without_free(const Stmt &stmt, const std::string &buffer) {
    return WithoutFree(buffer).mutate(stmt);
}

ScheduledFunctions::ScheduledFunctions(const std::vector<Func> &outputs) {
    for (const Func &output : outputs) {
        for (const auto &[name, function] : find_transitive_calls(output.function())) {
            add(function);
        }
        add(output.function());
    }
}

const std::string *ScheduledFunctions::of_pure_loop(const std::string &loop) const {
    const auto found = pure_loops_.find(loop);
    return found == pure_loops_.end() ? nullptr : &found->second;
}

void ScheduledFunctions::add(const Function &function) {
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

void ScheduledFunctions::add_loops(const Function &function, const Definition &definition, std::size_t stage) {
    for (const Dim &dim : definition.schedule().dims()) {
        if (dim.is_pure()) {
            pure_loops_[function.name() + ".s" + std::to_string(stage) + "." + dim.var] = function.name();
        }
    }
}

}  // namespace ingot
