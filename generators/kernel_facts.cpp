// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/kernel_facts.h"
#include <nlohmann/json.hpp>

namespace ingot {

std::string to_json(const KernelFacts &facts) {
    nlohmann::json json = {{"scratch_bytes", facts.scratch_bytes},
                           {"stack_bytes", facts.stack_bytes},
                           {"code_bytes", facts.code_bytes},
                           {"parallel", facts.parallel}};
    if (facts.cuda) {
        json["cuda"] = {{"registers", facts.cuda->registers},     {"stack_bytes", facts.cuda->stack_bytes},
                        {"spill_bytes", facts.cuda->spill_bytes}, {"shared_bytes", facts.cuda->shared_bytes},
                        {"threads", facts.cuda->threads},         {"arguments", facts.cuda->arguments}};
    }
    return json.dump();
}

KernelFacts parse_kernel_facts(std::string_view text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    KernelFacts facts{json.at("scratch_bytes"), json.at("stack_bytes"), json.at("code_bytes"), json.at("parallel")};
    if (json.contains("cuda")) {
        const nlohmann::json &cuda = json["cuda"];
        facts.cuda = CudaResources{cuda.at("registers"),    cuda.at("stack_bytes"), cuda.at("spill_bytes"),
                                   cuda.at("shared_bytes"), cuda.at("threads"),     cuda.at("arguments")};
    }
    return facts;
}

}  // namespace ingot
