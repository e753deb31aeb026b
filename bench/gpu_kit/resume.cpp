// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/gpu_kit/options.h"
#include "spec/error.h"
#include <string>
#include <unistd.h>
#include <vector>

namespace ingot::gpu_kit {

void resume_behind_fault(const char *part, const Options &options, std::size_t first, const Deadline &deadline) {
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    const double left = deadline.seconds_left();
    std::vector<std::string> words = {program,
                                      part,
                                      options.out,
                                      "--resume-at",
                                      std::to_string(first),
                                      "--limit",
                                      std::to_string(left > 0 ? left : 0),
                                      "--images",
                                      std::to_string(options.images),
                                      "--kernels",
                                      std::to_string(options.kernels),
                                      "--largest-batch",
                                      std::to_string(options.largest_batch)};
    if (options.quick) {
        words.emplace_back("--quick");
    }
    std::vector<char *> arguments;
    for (std::string &word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    execv(program.c_str(), arguments.data());
    throw Error(program + ": cannot be started again");
}

}  // namespace ingot::gpu_kit
