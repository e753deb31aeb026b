// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/emit.h"
#include "Halide.h"
#include "generators/compile_kernel.h"
#include "generators/hash.h"
#include "generators/object_cache.h"
#include "generators/object_size.h"
#include "generators/toolchain.h"
#include "ingot_source_hash.h"
#include "spec/buffer_dims.h"
#include "spec/error.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

constexpr unsigned time_limit_seconds = 300;
constexpr rlim_t memory_limit_bytes = rlim_t{8} << 30U;

std::string cache_key(const KernelRequest &request) {
    return hash_text(to_text(request) + "\n" + std::string(request.target->halide) + "\n" + generator_version() +
                     "\n" + INGOT_SOURCE_HASH);
}

/// Halide's runtime names become Ingot's, so that an application which uses Halide itself keeps its own; only the
/// entry point stays visible.
void rename_symbols(const fs::path &object, const std::string &symbol) {
    run_command({"llvm-objcopy", "--redefine-sym=halide_malloc=ingot_kernel_malloc",
                 "--redefine-sym=halide_free=ingot_kernel_free",
                 "--redefine-sym=halide_error_out_of_memory=ingot_kernel_error_out_of_memory",
                 "--keep-global-symbol=" + symbol + "_argv", object.filename().string()},
                object.parent_path());
}

/// What a child process says when it has failed, on the pipe to its parent; nothing else is written there.
struct Child {
    std::string key;
    fs::path folder;
    int messages = -1;  ///< read end; Halide's warnings and errors come through it too
};

/// The life of a child process: one kernel, then exit. Everything that goes wrong is a line on stderr.
[[noreturn]] void compile_in_child(const KernelRequest &request, const fs::path &folder, int messages) {
    dup2(messages, STDERR_FILENO);
    dup2(messages, STDOUT_FILENO);
    std::signal(SIGALRM, SIG_DFL);
    alarm(time_limit_seconds);
#ifndef __SANITIZE_ADDRESS__
    const rlimit memory{memory_limit_bytes, memory_limit_bytes};
    setrlimit(RLIMIT_AS, &memory);
#else
    Halide::set_compiler_stack_size(0);  // AddressSanitizer does not follow Halide onto a stack of its own
#endif
    int code = 1;
    try {
        const fs::path object = folder / "kernel.o";
        const KernelFacts facts = compile_kernel(request, object, false);
        rename_symbols(object, kernel_symbol(request));
        const nlohmann::json json = {{"scratch_bytes", facts.scratch_bytes}, {"stack_bytes", facts.stack_bytes}};
        write_file(folder / "memory.json", json.dump());
        code = 0;
    } catch (const std::bad_alloc &) {
        std::cerr << "out of memory (limit " << (memory_limit_bytes >> 30U) << " GiB)" << std::endl;
    } catch (const Halide::Error &error) {
        std::cerr << error.what() << std::endl;
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
    }
    _exit(code);
}

std::string one_line(std::string text) {
    for (char &c : text) {
        c = c == '\n' ? ' ' : c;
    }
    while (!text.empty() && text.back() == ' ') {
        text.pop_back();
    }
    return text;
}

std::string read_all(int fd) {
    std::string text;
    char buffer[4096];
    lseek(fd, 0, SEEK_SET);
    for (ssize_t count = 0; (count = read(fd, buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
}

/// Compiles the kernels that the cache lacks, `jobs` child processes at a time.
class Pool {
public:
    Pool(const ObjectCache &cache, unsigned jobs) : cache_(cache), jobs_(jobs) {}
    ~Pool() {
        for (const auto &[pid, child] : running_) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
            discard(child);
        }
    }
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    void start(const KernelRequest &request, const std::string &key) {
        while (running_.size() >= jobs_) {
            wait_for_one();
        }
        Child child{key, cache_.scratch(key), -1};
        // A file, not a pipe: a child that prints a lot never waits for a reader.
        child.messages = open((child.folder / "messages").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        std::cout.flush();
        const pid_t pid = fork();
        if (pid == 0) {
            compile_in_child(request, child.folder, child.messages);
        }
        if (pid < 0) {
            discard(child);
            throw Error("cannot start a process: " + std::string(std::strerror(errno)));
        }
        requests_.emplace(pid, request);
        running_.emplace(pid, child);
    }

    void finish() {
        while (!running_.empty()) {
            wait_for_one();
        }
    }

private:
    void wait_for_one() {
        int status = 0;
        const pid_t pid = waitpid(-1, &status, 0);
        const auto found = running_.find(pid);
        if (found == running_.end()) {
            return;
        }
        const Child child = found->second;
        running_.erase(found);
        const std::string messages = one_line(read_all(child.messages));
        const KernelRequest &request = requests_.at(pid);
        if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0 || !messages.empty()) {
            discard(child);
            throw Error("cannot compile " + to_text(request) + ": " + reason(status, messages));
        }
        const nlohmann::json facts = nlohmann::json::parse(read_file(child.folder / "memory.json"));
        close(child.messages);
        fs::remove(child.folder / "messages");
        fs::remove(child.folder / "memory.json");
        const fs::path object = child.folder / "kernel.o";
        cache_.add(child.key, object, {facts.at("scratch_bytes"), facts.at("stack_bytes"), code_bytes(object)});
    }

    static std::string reason(int status, const std::string &messages) {
        if (!WIFSIGNALED(status)) {
            return messages.empty() ? "exit code " + std::to_string(WEXITSTATUS(status)) : messages;
        }
        const int signal = WTERMSIG(status);
        if (signal == SIGALRM) {
            return "no result after " + std::to_string(time_limit_seconds) + " seconds";
        }
        return "killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")" +
               (messages.empty() ? "" : ": " + messages);
    }

    static void discard(const Child &child) {
        close(child.messages);
        std::error_code ignored;
        fs::remove_all(child.folder, ignored);
    }

    const ObjectCache &cache_;
    std::size_t jobs_;
    std::map<pid_t, Child> running_;
    std::map<pid_t, KernelRequest> requests_;
};

}  // namespace

std::vector<EmittedKernel> emit(const std::vector<KernelRequest> &requests, const EmitOptions &options) {
    const ObjectCache cache(options.cache);
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    Pool pool(cache, options.jobs > 0 ? static_cast<unsigned>(options.jobs) : cores);
    std::map<std::string, bool> seen;
    std::size_t done = 0;
    for (const KernelRequest &request : requests) {
        const std::string key = cache_key(request);
        if (seen.emplace(key, true).second && !cache.find(key)) {
            request.spec.validate();
            pool.start(request, key);
        }
        if (options.progress) {
            options.progress(++done, requests.size());
        }
    }
    pool.finish();

    std::vector<EmittedKernel> result;
    for (const KernelRequest &request : requests) {
        const std::string key = cache_key(request);
        const std::optional<KernelFacts> facts = cache.find(key);
        INGOT_CHECK(facts.has_value(), "compiled, yet not in the cache: " + to_text(request));
        EmittedKernel kernel{kernel_symbol(request), cache.object(key),  {},
                             facts->scratch_bytes,   facts->stack_bytes, facts->code_bytes};
        for (const KernelBuffer &buffer : kernel_buffers(request.spec)) {
            kernel.arguments.push_back(buffer.name);
        }
        result.push_back(std::move(kernel));
    }
    return result;
}

std::string generator_version() {
    return halide_version();
}

std::string emit_assembly(const KernelRequest &request) {
    const TemporaryDirectory folder;
    const fs::path file = folder.path() / "kernel.s";
    try {
        compile_kernel(request, file, true);
    } catch (const Halide::Error &error) {
        throw Error("cannot compile " + to_text(request) + ": " + one_line(error.what()));
    }
    return read_file(file);
}

}  // namespace ingot
