// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/emit.h"
#include "Halide.h"
#include "generators/compile_kernel.h"
#include "generators/files.h"
#include "generators/hash.h"
#include "generators/object_cache.h"
#include "generators/object_size.h"
#include "generators/ptxas.h"
#include "generators/toolchain.h"
#include "ingot_source_hash.h"
#include "spec/error.h"
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

/// The keys of kernels in the cache: everything that an object depends on.
class CacheKeys {
public:
    /// Asks ptxas for its version where a request needs it: throws Error where that is missing.
    explicit CacheKeys(const std::vector<KernelRequest> &requests)
        : compiler_("\n" + generator_version() + "\n" + INGOT_SOURCE_HASH) {
        const auto needs_ptxas = [](const KernelRequest &request) { return request.target->sm != 0; };
        if (std::any_of(requests.begin(), requests.end(), needs_ptxas)) {
            ptxas_ = "\n" + ptxas_version();
        }
    }
    [[nodiscard]] std::string of(const KernelRequest &request) const {
        return hash_text(to_text(request) + "\n" + std::string(request.target->halide) + compiler_ +
                         (request.target->sm == 0 ? "" : ptxas_));
    }

private:
    std::string compiler_, ptxas_;
};

/// Halide's runtime names become Ingot's, so that an application which uses Halide itself keeps its own; only the
/// entry point stays visible.
void rename_symbols(const fs::path &object, const std::string &symbol) {
    run_command({"llvm-objcopy", "--redefine-sym=halide_malloc=ingot_kernel_malloc",
                 "--redefine-sym=halide_free=ingot_kernel_free",
                 "--redefine-sym=halide_do_par_for=ingot_kernel_do_par_for",
                 "--redefine-sym=halide_error_out_of_memory=ingot_kernel_error_out_of_memory",
                 "--keep-global-symbol=" + symbol + "_argv", object.filename().string()},
                object.parent_path());
}

/// A child process at work on one kernel. Its folder holds `messages`, all that it and Halide print, warnings
/// included: a file, not a pipe, so that a child that prints a lot never waits for a reader.
struct Child {
    const KernelRequest *request;
    std::string key;
    TemporaryDirectory folder;
};

/// SIGALRM ends this process when the time is up.
void limit_time(std::chrono::milliseconds limit) {
    std::signal(SIGALRM, SIG_DFL);
    itimerval timer{};
    timer.it_value.tv_sec = limit.count() / 1000;
    timer.it_value.tv_usec = limit.count() % 1000 * 1000;
    setitimer(ITIMER_REAL, &timer, nullptr);
}

/// The limit is for the kernel: what the parent had mapped comes on top.
void limit_memory([[maybe_unused]] int64_t limit) {
#ifndef __SANITIZE_ADDRESS__
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t bytes = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + static_cast<rlim_t>(limit);
    const rlimit memory{bytes, bytes};
    setrlimit(RLIMIT_AS, &memory);
#else
    Halide::set_compiler_stack_size(0);  // AddressSanitizer does not follow Halide onto a stack of its own
#endif
}

/// The life of a child process: one kernel, then exit. Everything that goes wrong is a line in `messages`.
[[noreturn]] void compile_in_child(const KernelRequest &request, const EmitOptions &options, const fs::path &folder,
                                   int messages) {
    dup2(messages, STDERR_FILENO);
    dup2(messages, STDOUT_FILENO);
    limit_time(options.time_limit);
    limit_memory(options.memory_limit);
    int code = 1;
    try {
        const fs::path object = folder / "kernel.o";
        const KernelFacts facts = compile_kernel(request, object, false);
        if (request.target->device == Device::cpu) {
            rename_symbols(object, kernel_symbol(request));
        }
        write_file(folder / "facts.json", to_json(facts));
        code = 0;
    } catch (const std::bad_alloc &) {
        std::cerr << "out of memory (limit " << (options.memory_limit >> 20U) << " MiB)" << std::endl;
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

/// Compiles kernels, `jobs` child processes at a time, and puts them into the cache.
class Pool {
public:
    /// What is named must outlive the pool; `total` kernels are to be started. `compiled` gets them by their keys.
    Pool(const ObjectCache &cache, const EmitOptions &options, std::size_t total,
         std::map<std::string, CachedKernel> &compiled)
        : cache_(cache), options_(options), compiled_(compiled), total_(total),
          jobs_(options.jobs > 0 ? static_cast<unsigned>(options.jobs)
                                 : std::max(1U, std::thread::hardware_concurrency())) {}
    ~Pool() {
        for (const auto &[pid, child] : running_) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    void start(const KernelRequest &request, const std::string &key) {
        while (running_.size() >= jobs_) {
            wait_for_one();
        }
        Child child{&request, key, cache_.scratch(key)};
        const fs::path file = child.folder.path() / "messages";
        const int messages = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (messages < 0) {
            throw Error(file.string() + ": cannot be written: " + std::strerror(errno));
        }
        std::cout.flush();
        const pid_t pid = fork();
        if (pid == 0) {
            compile_in_child(request, options_, child.folder.path(), messages);
        }
        const int fork_error = errno;
        close(messages);
        if (pid < 0) {
            throw Error("cannot start a process: " + std::string(std::strerror(fork_error)));
        }
        running_.emplace(pid, std::move(child));
    }

    /// Waits for all. Throws Error that names the first kernel, in the order of the requests, that failed.
    void finish() {
        while (!running_.empty()) {
            wait_for_one();
        }
        if (!failures_.empty()) {
            const std::size_t more = failures_.size() - 1;
            const std::string others =
                " (and " + std::to_string(more) + (more == 1 ? " more kernel)" : " more kernels)");
            throw Error(failures_.begin()->second + (more == 0 ? "" : others));
        }
    }

private:
    /// Asks for each child by its id: others of this process are not the pool's to wait for.
    void wait_for_one() {
        for (;; std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
            for (auto i = running_.begin(); i != running_.end(); ++i) {
                int status = 0;
                const pid_t ended = waitpid(i->first, &status, WNOHANG);
                if (ended < 0) {
                    throw Error("cannot wait for a process: " + std::string(std::strerror(errno)));
                }
                if (ended > 0) {
                    const Child child = std::move(i->second);
                    running_.erase(i);
                    collect(child, status);
                    return;
                }
            }
        }
    }

    void collect(const Child &child, int status) {
        const fs::path &folder = child.folder.path();
        const std::string messages = one_line(read_file(folder / "messages"));
        if (WIFSIGNALED(status) || WEXITSTATUS(status) != 0 || !messages.empty()) {
            failures_[child.request] =
                "cannot compile " + to_text(*child.request) + ": " + reason(status, messages);
        } else {
            KernelFacts facts = parse_kernel_facts(read_file(folder / "facts.json"));
            std::error_code ignored;
            fs::remove(folder / "messages", ignored);
            fs::remove(folder / "facts.json", ignored);
            if (child.request->target->device == Device::cpu) {
                facts.code_bytes = code_bytes(folder / "kernel.o");
            }
            compiled_.emplace(child.key, cache_.add(child.key, folder, facts));
        }
        ++done_;
        if (options_.progress) {
            options_.progress(done_, total_);
        }
    }

    [[nodiscard]] std::string reason(int status, const std::string &messages) const {
        if (!WIFSIGNALED(status)) {
            return messages.empty() ? "exit code " + std::to_string(WEXITSTATUS(status)) : messages;
        }
        const int signal = WTERMSIG(status);
        if (signal == SIGALRM) {
            std::ostringstream text;
            text << "no result after " << std::chrono::duration<double>(options_.time_limit).count() << " seconds";
            return text.str();
        }
        return "killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")" +
               (messages.empty() ? "" : ": " + messages);
    }

    const ObjectCache &cache_;
    const EmitOptions &options_;
    std::map<std::string, CachedKernel> &compiled_;
    std::size_t total_, done_ = 0;
    std::size_t jobs_;
    std::map<pid_t, Child> running_;
    std::map<const KernelRequest *, std::string> failures_;  ///< in the order of the requests, a vector
};

}  // namespace

std::vector<EmittedKernel> emit(const std::vector<KernelRequest> &requests, const EmitOptions &options) {
    const ObjectCache cache(options.cache);
    const CacheKeys keys(requests);
    std::vector<std::string> key_of;
    std::map<std::string, CachedKernel> known, compiled;
    std::vector<std::pair<const KernelRequest *, std::string>> missing;
    std::set<std::string> seen;
    for (const KernelRequest &request : requests) {
        const std::string &key = key_of.emplace_back(keys.of(request));
        if (!seen.insert(key).second) {
            continue;
        }
        if (std::optional<CachedKernel> found = cache.find(key)) {
            known.emplace(key, std::move(*found));
        } else {
            request.spec.validate();
            missing.emplace_back(&request, key);
        }
    }
    Pool pool(cache, options, missing.size(), compiled);
    for (const auto &[request, key] : missing) {
        pool.start(*request, key);
    }
    pool.finish();

    std::vector<EmittedKernel> result;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const auto found = known.find(key_of[i]);
        const bool from_cache = found != known.end();
        const CachedKernel &kernel = from_cache ? found->second : compiled.at(key_of[i]);
        result.push_back(
            {kernel.facts, kernel_symbol(requests[i]), cache.object(key_of[i]), kernel.object_hash, from_cache});
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
