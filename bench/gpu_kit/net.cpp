// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/net.h"
#include "spec/error.h"
#include <array>
#include <ingot/plan.h>

namespace ingot::gpu_kit {

Net::Net(ingot_device device, ingot_memory memory, const std::string &level) {
    std::array<char, INGOT_DETAIL_BYTES> detail{};
    ingot_options options = INGOT_OPTIONS_INIT;
    options.device = device;
    options.memory = memory;
    options.level = level.empty() ? nullptr : level.c_str();
    options.detail = detail.data();
    options.detail_bytes = detail.size();
    const ingot_status status = ingot_session_create(&mnist_cnn_model, &options, &session_);
    if (status != INGOT_OK) {
        throw Error(std::string(ingot_status_message(status)) + ": " + detail.data());
    }
}

Net::~Net() {
    ingot_session_destroy(session_);
}

std::string Net::level() const {
    return ingot_session_level(session_);
}

void Net::run(const float *image, float *logits, std::size_t n) {
    const ingot_status status = mnist_cnn_run(session_, image, logits, n);
    if (status != INGOT_OK) {
        throw Error(std::string(ingot_status_message(status)) + ": " + ingot_session_detail(session_));
    }
}

std::vector<std::string> cuda_targets_of_net() {
    std::vector<std::string> targets;
    for (uint32_t i = 0; i < mnist_cnn_model.cuda_plan_count; ++i) {
        const std::string target = mnist_cnn_model.cuda_plans[i].target;
        if (targets.empty() || targets.back() != target) {
            targets.push_back(target);
        }
    }
    return targets;
}

}  // namespace ingot::gpu_kit
