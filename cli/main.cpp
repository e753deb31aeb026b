// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "cli/verbs.h"
#include "compiler/onnx/import_onnx.h"
#include "generators/emit.h"
#include "spec/error.h"
#include "spec/text.h"
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <system_error>

namespace {

constexpr int input_error = 1, usage_error = 2, internal_error = 70, interrupted = 130;

/// What is wrong with a command line, and where to read more, in one line.
std::string usage_message(const CLI::App &app, const CLI::ParseError &error) {
    const std::vector<CLI::App *> named = app.get_subcommands();
    if (!named.empty()) {
        return std::string(error.what()) + "; see ingot " + named.front()->get_name() + " --help";
    }
    std::vector<std::string_view> verbs;
    for (const CLI::App *verb : app.get_subcommands({})) {
        verbs.push_back(verb->get_name());
    }
    const std::vector<std::string> words = app.remaining();
    return (words.empty() ? "no verb is given" : "'" + words.front() + "' is no verb") +
           "; known: " + ingot::join(verbs) + "; see ingot --help";
}

int run(int argc, char **argv) {
    CLI::App app{"Ingot compiles convolutional networks into static libraries of fused kernels."};
    app.require_subcommand(1);
    app.set_version_flag("--version", "ingot " INGOT_VERSION " (" + ingot::generator_version() + ")");
    ingot::add_bench(app);
    ingot::add_compile(app);
    ingot::add_explain(app);
    ingot::add_inspect(app);
    ingot::add_list(app);
    ingot::add_tune(app);
    ingot::add_verify(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success &help_or_version) {
        return app.exit(help_or_version);
    } catch (const CLI::ParseError &error) {
        std::cerr << "ingot: error: " << usage_message(app, error) << "\n";
        return usage_error;
    }
    return 0;
}

}  // namespace

int main(int argc, char **argv) {
    std::signal(SIGCHLD, SIG_DFL);  // a caller that ignores it would hide how our child processes end
    try {
        const int status = run(argc, argv);
        if (!std::cout.flush()) {
            throw ingot::Error("standard output cannot be written; is its disk full?");
        }
        return status;
    } catch (const ingot::ImportError &error) {
        for (const std::string &line : error.diagnostics) {
            std::cerr << line << "\n";
        }
        const std::size_t count = error.diagnostics.size();
        std::cerr << count << (count == 1 ? " error\n" : " errors\n");
        return input_error;
    } catch (const ingot::Unsuccessful &) {
        return std::cout.flush() ? input_error : internal_error;
    } catch (const ingot::Interrupted &) {
        return interrupted;
    } catch (const ingot::Error &error) {
        std::cerr << "ingot: error: " << error.what() << "\n";
        return input_error;
    } catch (const std::system_error &error) {
        std::cerr << "ingot: error: " << error.what() << "\n";
        return input_error;
    } catch (const std::exception &error) {
        std::cerr << "ingot: internal error: " << error.what() << "\nPlease report it with the model.\n";
        return internal_error;
    }
}
