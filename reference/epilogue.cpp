// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "reference/epilogue.h"
#include "reference/elementwise.h"
#include "spec/error.h"
#include <limits>
#include <utility>

namespace ingot::reference {

namespace {

/// The tensor that each step reads, null of those that read none.
template<typename T>
std::vector<const Tensor<T> *> tensors_of_steps(const Tensor<T> &sums, const std::vector<Call> &epilogue,
                                                const std::vector<const Tensor<T> *> &tensors) {
    std::vector<const Tensor<T> *> result;
    auto next = tensors.begin();
    for (const Call &step : epilogue) {
        const bool reads = step.function == Function::prelu || step.function == Function::add;
        INGOT_CHECK(!reads || (next != tensors.end() && *next != nullptr), "an epilogue without its tensors");
        result.push_back(reads ? *next++ : nullptr);
        INGOT_CHECK(step.function != Function::bias || result.size() == 1, "a bias that is not the first step");
        const std::vector<int64_t> slope{sums.shape.at(1)};
        INGOT_CHECK(!reads || result.back()->shape == (step.function == Function::add ? sums.shape : slope),
                    "a tensor of an epilogue of unexpected shape");
    }
    INGOT_CHECK(next == tensors.end(), "an epilogue with too many tensors");
    return result;
}

/// What a step reads for element `i` of the sums.
template<typename T>
T element_of(const Tensor<T> &tensor, const Tensor<T> &sums, std::size_t i) {
    if (tensor.data.size() == sums.data.size() && tensor.shape == sums.shape) {
        return tensor.data[i];
    }
    const auto channels = static_cast<std::size_t>(sums.shape[1]);
    const std::size_t inner = sums.data.size() / (channels * static_cast<std::size_t>(sums.shape[0]));
    return tensor.data[i / inner % channels];
}

/// Calls `visit(step, arguments, i)` for each element of the sums, behind a bias. The arguments begin with the
/// element, which becomes what it returns.
template<typename T, typename Visit>
void for_each_step(Tensor<T> &sums, const std::vector<Call> &epilogue,
                   const std::vector<const Tensor<T> *> &tensors, Visit visit) {
    const std::vector<const Tensor<T> *> read = tensors_of_steps(sums, epilogue, tensors);
    std::vector<T> arguments;
    for (std::size_t step = has_bias(epilogue) ? 1 : 0; step < epilogue.size(); ++step) {
        for (std::size_t i = 0; i < sums.data.size(); ++i) {
            arguments.assign(1, sums.data[i]);
            if (read[step] != nullptr) {
                arguments.push_back(element_of(*read[step], sums, i));
            }
            sums.data[i] = visit(epilogue[step], arguments, i);
        }
    }
}

}  // namespace

bool has_bias(const std::vector<Call> &epilogue) {
    return !epilogue.empty() && epilogue.front().function == Function::bias;
}

template<typename T>
Tensor<T> apply_epilogue(Tensor<T> sums, const std::vector<Call> &epilogue,
                         const std::vector<const Tensor<T> *> &tensors) {
    for_each_step(sums, epilogue, tensors, [](const Call &step, const std::vector<T> &arguments, std::size_t) {
        return apply_call(step, arguments, DataType::f32);
    });
    return sums;
}

template<typename T>
Bounded<T> apply_epilogue(Bounded<T> sums, const std::vector<Call> &epilogue,
                          const std::vector<const Tensor<T> *> &tensors, int64_t roundings) {
    const double unit = static_cast<double>(std::numeric_limits<float>::epsilon()) * static_cast<double>(roundings);
    for_each_step(sums.value, epilogue, tensors,
                  [&](const Call &step, const std::vector<T> &arguments, std::size_t i) {
                      if (step.function != Function::relu) {
                          T &magnitude = sums.magnitude.data[i];
                          std::vector<Estimate> estimates;
                          for (const T argument : arguments) {
                              estimates.push_back({static_cast<double>(argument), 0});
                          }
                          estimates.front().error = unit * static_cast<double>(magnitude);
                          magnitude = static_cast<T>(estimate_call(step, estimates, DataType::f32).error / unit);
                      }
                      return apply_call(step, arguments, DataType::f32);
                  });
    return sums;
}

template Tensor<float> apply_epilogue(Tensor<float>, const std::vector<Call> &,
                                      const std::vector<const Tensor<float> *> &);
template Tensor<double> apply_epilogue(Tensor<double>, const std::vector<Call> &,
                                       const std::vector<const Tensor<double> *> &);
template Bounded<float> apply_epilogue(Bounded<float>, const std::vector<Call> &,
                                       const std::vector<const Tensor<float> *> &, int64_t);
template Bounded<double> apply_epilogue(Bounded<double>, const std::vector<Call> &,
                                        const std::vector<const Tensor<double> *> &, int64_t);

}  // namespace ingot::reference
