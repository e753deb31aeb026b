// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "compiler/lowering/lower.h"
#include "harness/compiled_model.h"
#include "ingot/runtime.h"
#include "reference/interpreter.h"
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace ingot::test {

/// A graph as a CompiledModel.
class CompiledGraph : public CompiledModel {
public:
    static constexpr int64_t max_batch = 20;

    explicit CompiledGraph(const Graph &graph, const std::vector<const Target *> &targets,
                           const std::vector<AskedChoice> &asked = {})
        : CompiledModel(lower(graph, "net", targets, {.asked = asked, .max_batch = max_batch})) {}

    /// Runs `batch` images at `level`, of the CPU or of CUDA, twice in one session, whose arena is full of NaN
    /// before. Returns the outputs of the second run. Throws where a status is bad, the runs differ or a byte
    /// beside an output changes.
    [[nodiscard]] std::vector<std::vector<float>> run_twice(const std::vector<reference::Tensor<double>> &inputs,
                                                            std::size_t batch, const char *level) const {
        ingot_options options = INGOT_OPTIONS_INIT;
        options.level = level;
        options.device = find_target(level).device == Device::cuda ? INGOT_DEVICE_CUDA : INGOT_DEVICE_CPU;
        const std::size_t bytes = ingot_session_bytes(&compiled(), &options);
        Arena arena(bytes);
        options.arena = arena.data;
        options.arena_bytes = bytes;
        ingot_session *session = nullptr;
        expect_ok(ingot_session_create(&compiled(), &options, &session));
        const std::vector<std::vector<float>> first = run_once(session, inputs, batch);
        const std::vector<std::vector<float>> second = run_once(session, inputs, batch);
        for (std::size_t i = 0; i < first.size(); ++i) {
            if (std::memcmp(first[i].data(), second[i].data(), first[i].size() * sizeof(float)) != 0) {
                throw std::runtime_error("the second run differs from the first");
            }
        }
        ingot_session_destroy(session);
        arena.check();
        return second;
    }

private:
    static constexpr std::size_t guard = 64;

    /// Memory of exactly the bytes asked for, aligned to 64 bytes, in which every float is NaN, between guards.
    struct Arena {
        explicit Arena(std::size_t bytes)
            : memory(static_cast<unsigned char *>(std::aligned_alloc(64, (bytes + 2 * guard + 63) / 64 * 64))),
              data(memory + guard), end(data + bytes) {
            std::memset(memory, 0xff, bytes + 2 * guard);
        }
        ~Arena() { std::free(memory); }
        Arena(const Arena &) = delete;
        Arena &operator=(const Arena &) = delete;
        void check() const {
            for (std::size_t i = 0; i < guard; ++i) {
                if (memory[i] != 0xff || end[i] != 0xff) {
                    throw std::runtime_error("a byte beside the arena has changed");
                }
            }
        }
        unsigned char *memory, *data, *end;
    };

    static void expect_ok(ingot_status status) {
        if (status != INGOT_OK) {
            throw std::runtime_error(ingot_status_message(status));
        }
    }

    [[nodiscard]] std::vector<std::vector<float>> run_once(ingot_session *session,
                                                           const std::vector<reference::Tensor<double>> &inputs,
                                                           std::size_t batch) const {
        constexpr float poison = std::numeric_limits<float>::quiet_NaN();
        std::vector<std::vector<float>> sources, results;
        std::vector<const void *> source_pointers;
        std::vector<void *> result_pointers;
        for (const reference::Tensor<double> &input : inputs) {
            sources.emplace_back(input.data.begin(), input.data.end());
            source_pointers.push_back(sources.back().data());
        }
        for (const Port &port : lowered().outputs) {
            results.emplace_back(static_cast<std::size_t>(port.size()) * batch + 2 * guard, poison);
            result_pointers.push_back(results.back().data() + guard);
        }
        expect_ok(ingot_session_run(session, source_pointers.data(), result_pointers.data(), batch));
        for (std::vector<float> &result : results) {
            for (std::size_t i = 0; i < guard; ++i) {
                if (result[i] == result[i] || result[result.size() - 1 - i] == result[result.size() - 1 - i]) {
                    throw std::runtime_error("a byte beside an output has changed");
                }
            }
            result = {result.begin() + guard, result.end() - guard};
        }
        return results;
    }
};

}  // namespace ingot::test
