// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "generators/toolchain.h"
#include "spec/error.h"
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace ingot {

namespace fs = std::filesystem;

namespace {

std::string package_of(const std::string &program) {
    if (program.find("llvm") != std::string::npos) {
        return "llvm";
    }
    return program == "ld" || program == "ar" ? "binutils" : "gcc";
}

std::string first_line(const std::string &text) {
    std::istringstream lines(text);
    std::string line, best;
    while (std::getline(lines, line)) {
        if (best.empty() || (best.find("error") == std::string::npos && line.find("error") != std::string::npos)) {
            best = line;
        }
    }
    return best;
}

/// Replaces the child process; tells the parent through `failure` where the program cannot be started.
[[noreturn]] void execute(const std::vector<std::string> &command, const fs::path &directory, int output,
                          int failure) {
    std::vector<char *> argv;
    for (const std::string &word : command) {
        argv.push_back(const_cast<char *>(word.c_str()));
    }
    argv.push_back(nullptr);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (chdir(directory.c_str()) == 0) {
        execvp(argv[0], argv.data());
    }
    const std::string reason = std::to_string(errno);
    if (write(failure, reason.data(), reason.size()) < 0) {
        _exit(126);
    }
    _exit(127);
}

/// What is wrong and what to do about it, by the errno of exec.
std::string why_not_started(const std::string &program, int reason) {
    const std::string way_out = program == c_compiler()[0] ? "set INGOT_CC to a C compiler" : "set PATH";
    if (reason == ENOENT) {
        return "not found; install the package " + package_of(program) + " or " + way_out;
    }
    return std::string(std::strerror(reason)) + "; " + way_out;
}

int wait_for(pid_t child, const std::string &program) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw Error("cannot wait for " + program + ": " + std::strerror(errno));
        }
    }
    return status;
}

std::string drain(int fd) {
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = read(fd, buffer.data(), buffer.size())) > 0 || (count < 0 && errno == EINTR)) {
        text.append(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    }
    close(fd);
    return text;
}

fs::path prefix() {
    return fs::read_symlink("/proc/self/exe").parent_path().parent_path();
}

fs::path existing(const fs::path &path) {
    if (!fs::exists(path)) {
        throw Error(path.string() + " is missing; build or install Ingot completely");
    }
    return path;
}

}  // namespace

std::vector<std::string> c_compiler() {
    const char *set = std::getenv("INGOT_CC");
    std::istringstream words(set != nullptr ? set : "");
    std::vector<std::string> command;
    for (std::string word; words >> word;) {
        command.push_back(word);
    }
    return command.empty() ? std::vector<std::string>{"cc"} : command;
}

std::string run_command(const std::vector<std::string> &command, const fs::path &directory) {
    std::array<int, 2> output{}, failure{};
    if (pipe2(output.data(), O_CLOEXEC) != 0 || pipe2(failure.data(), O_CLOEXEC) != 0) {
        throw Error("cannot run " + command[0] + ": " + std::strerror(errno));
    }
    const pid_t child = fork();
    const int fork_error = errno;
    if (child == 0) {
        execute(command, directory, output[1], failure[1]);
    }
    close(output[1]);
    close(failure[1]);
    std::string printed = drain(output[0]);
    const std::string start_error = drain(failure[0]);
    if (child < 0) {
        throw Error("cannot run " + command[0] + ": " + std::strerror(fork_error));
    }
    const int status = wait_for(child, command[0]);
    if (!start_error.empty()) {
        throw Error("cannot run " + command[0] + ": " + why_not_started(command[0], std::stoi(start_error)));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        const std::string code = WIFEXITED(status) ? "exit code " + std::to_string(WEXITSTATUS(status))
                                                   : "signal " + std::to_string(WTERMSIG(status));
        throw Error(command[0] + " failed: " + (printed.empty() ? code : first_line(printed)));
    }
    return printed;
}

fs::path runtime_archive() {
    return existing(prefix() / "lib" / "libingot_runtime.a");
}
fs::path checked_errors_archive() {
    return existing(prefix() / "lib" / "libingot_checked_errors.a");
}
fs::path runtime_include_directory() {
    return existing(prefix() / "include" / "ingot").parent_path();
}
fs::path share_directory() {
    return prefix() / "share" / "ingot";
}

}  // namespace ingot
