// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/machine.h"
#include "bench/shapes.h"
#include "bench/tuned_folder.h"
#include "bench/tuner.h"
#include "cli/tune_report.h"
#include "cli/verbs.h"
#include "compiler/onnx/import_onnx.h"
#include "compiler/passes/passes.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace ingot {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct TuneArguments {
    std::string what;
    std::string targets;
    std::string cpu{generic_cpu};
    std::vector<std::string> shapes;  ///< of a model's inputs
    int budget = 0;                   ///< seconds; 0: no limit
    std::string folder;
    bool again = false;
    int jobs = 0;
};

volatile std::sig_atomic_t interrupted = 0;

/// Remembers an interrupt while it lives: a second one ends the program as ever.
class InterruptWatch {
public:
    InterruptWatch() {
        interrupted = 0;
        struct sigaction action {};
        action.sa_handler = [](int) { interrupted = 1; };
        action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
        sigaction(SIGINT, &action, &before_);
    }
    ~InterruptWatch() { sigaction(SIGINT, &before_, nullptr); }
    InterruptWatch(const InterruptWatch &) = delete;
    InterruptWatch &operator=(const InterruptWatch &) = delete;

private:
    struct sigaction before_ {};
};

void throw_if_interrupted() {
    if (interrupted != 0) {
        throw Interrupted();
    }
}

std::vector<const Target *> targets_of(const TuneArguments &arguments) {
    std::vector<const Target *> host = host_targets();
    if (arguments.targets.empty()) {
        return host;
    }
    std::vector<const Target *> targets = parse_targets(arguments.targets);
    for (const Target *target : targets) {
        if (target->device == Device::cuda) {
            throw Error("--target " + std::string(target->name) +
                        ": kernels for CUDA are measured by the GPU kit; see docs/cuda.md");
        }
        if (std::find(host.begin(), host.end(), target) == host.end()) {
            throw Error("--target " + std::string(target->name) +
                        ": this CPU cannot run it, so nothing can be timed; " + "tune on one that can");
        }
    }
    return targets;
}

fs::path folder_of(const TuneArguments &arguments) {
    if (!arguments.folder.empty()) {
        return arguments.folder;
    }
    const std::optional<fs::path> folder = source_tuned_folder();
    if (!folder) {
        throw Error("this program is not in the build tree of a source tree, whose tables it could write; name a "
                    "folder with -o DIR");
    }
    return *folder;
}

std::string today() {
    const std::time_t now = std::time(nullptr);
    std::tm day{};
    gmtime_r(&now, &day);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", &day);
    return text;
}

/// The processor's name as a table takes it.
std::string machine_label() {
    std::string label = cpu_name();
    std::erase_if(label, [](char c) { return c < ' ' || c > '~' || c == '"'; });
    return label.empty() ? "unknown" : label;
}

/// A kernel to tune, alone or in its model.
struct Job {
    KernelSpec spec;
    const Target *target = nullptr;
};

/// A model and its kernels, or kernels alone.
struct Work {
    std::optional<Graph> graph;
    std::vector<Job> jobs;
};

Work work_of(const TuneArguments &arguments, const TuneOptions &options) {
    Work work;
    const std::vector<const Target *> targets = targets_of(arguments);
    const std::string extension = fs::path(arguments.what).extension().string();
    std::vector<KernelSpec> shapes;
    if (extension == ".onnx") {
        work.graph = import_onnx(arguments.what, import_options(arguments.shapes));
        run_passes(*work.graph);
    } else if (extension == ".csv") {
        shapes = read_shapes(arguments.what);
    } else {
        try {
            shapes = read_shapes(shapes_file(parse_op(arguments.what)));
        } catch (const Error &error) {
            throw Error(std::string(error.what()) + "; or name a model.onnx or a shapes.csv");
        }
    }
    // The key of a row has no layouts, so its choice would be taken for those of any neighbour.
    const auto left_out =
        std::erase_if(shapes, [](const KernelSpec &spec) { return parse_kernel_spec(shape_text(spec)) != spec; });
    if (left_out != 0) {
        std::cerr << "ingot: warning: " << left_out << " of the kernels in " << arguments.what
                  << " name layouts of their own, for which tables have no key; they are left out\n";
    }
    for (const Target *target : targets) {
        const std::vector<KernelSpec> kernels = work.graph ? kernels_of(*work.graph, *target, options) : shapes;
        for (const KernelSpec &spec : kernels) {
            work.jobs.push_back({spec, target});
        }
    }
    return work;
}

/// An equal share of what is left of the budget.
Deadline deadline_of(Deadline end, std::size_t jobs_left) {
    if (end == no_deadline) {
        return end;
    }
    const auto now = Clock::now();
    return now + (end - now) / static_cast<Clock::rep>(jobs_left);
}

void tune(const TuneArguments &arguments) {
    TuneOptions options;
    check_cpu(arguments.cpu);
    options.cpu = arguments.cpu;
    options.date = today();
    options.machine = machine_label();
    options.emit.jobs = arguments.jobs;
    options.check = throw_if_interrupted;
    Work work = work_of(arguments, options);
    const TunedFolder folder(folder_of(arguments));
    const std::size_t all = work.jobs.size();
    if (!arguments.again) {
        std::erase_if(work.jobs, [&](const Job &job) { return folder.has(job.spec, *job.target, options.cpu); });
    }
    TuneReport report(all - work.jobs.size(), work.jobs.size());
    options.progress = [&](const std::string &what) { report.progress(what); };

    const InterruptWatch watch;
    const std::chrono::seconds budget(arguments.budget);
    const Deadline end = arguments.budget > 0 ? Clock::now() + budget : no_deadline;
    bool stopped = false;
    for (std::size_t i = 0; i < work.jobs.size() && !stopped; ++i) {
        const Job &job = work.jobs[i];
        if (i > 0 && Clock::now() >= end) {
            break;
        }
        report.begin(shape_text(job.spec) + " on " + std::string(job.target->name));
        try {
            const Deadline deadline = deadline_of(end, work.jobs.size() - i);
            const TuneResult result = work.graph
                                          ? tune_in_chain(*work.graph, job.spec, *job.target, options, deadline)
                                          : tune_alone(job.spec, *job.target, options, deadline);
            folder.put(result.row);
            report.done(result);
        } catch (const Interrupted &) {
            stopped = true;
        } catch (const Error &error) {
            if (interrupted == 0) {
                throw;
            }
            stopped = true;  // a child process that the interrupt ended
        }
    }
    report.print_summary(stopped);
    if (stopped) {
        throw Interrupted();
    }
}

}  // namespace

void add_tune(CLI::App &app) {
    CLI::App *verb =
        app.add_subcommand("tune", "Measure which choice is best for each kernel and write it to a table");
    const auto arguments = std::make_shared<TuneArguments>();
    verb->add_option("what", arguments->what,
                     "a model, whose kernels are timed within it; a list of shapes; or an op, for its bench/shapes")
        ->required()
        ->type_name("MODEL.onnx|SHAPES.csv|OP");
    verb->add_option("--target,--targets", arguments->targets,
                     "comma-separated list of targets (default: all levels that this CPU runs)")
        ->type_name("A,B");
    add_shapes(*verb, arguments->shapes);
    add_cpu(*verb, arguments->cpu);
    verb->add_option("--budget", arguments->budget,
                     "stop after about so long; kernels share it (default: no limit)")
        ->check(CLI::Range(1, 10000000))
        ->type_name("SECONDS");
    verb->add_option("-o,--output", arguments->folder,
                     "the folder of the tables (default: schedules/tuned of Ingot's source tree)")
        ->type_name("DIR");
    verb->add_flag("--again", arguments->again, "measure kernels that have a row, too");
    verb->add_option("-j,--jobs", arguments->jobs, "kernels compiled at a time (default: one per core)")
        ->check(CLI::Range(0, 1024));
    verb->callback([arguments] { tune(*arguments); });
}

}  // namespace ingot
