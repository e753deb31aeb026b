// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/bench_report.h"
#include "bench/evict.h"
#include "bench/selection.h"
#include "cli/plot.h"
#include "cli/progress_line.h"
#include "cli/verbs.h"
#include "generators/files.h"
#include "spec/error.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <iostream>
#include <memory>
#include <numeric>

namespace ingot {

namespace {

struct BenchOptions : Selection {
    std::vector<std::string> shapes;  ///< of a model's inputs
    std::string json, csv, plot;
    int rounds = 35;
    int jobs = 0;
    bool cold = false;
    bool verbose = false;
};

constexpr const char *columns_text =
    "Each choice is first verified against plain loops in double. Then come rounds of short samples, spread over\n"
    "seven passes through all kernels: all choices of a kernel in turns with the multiply-add loop of the target, "
    "in\n"
    "the time that the thread spends on its core.\n\n"
    "  median, spread    seconds of a call; 1.48 times the median distance from the median\n"
    "  peak              GFLOP/s by that of the multiply-add loop timed beside each sample\n"
    "  GB/s, bandwidth   operands counted once, against reading from the smallest cache that holds them\n"
    "  flop/B            multiplications and additions per byte of the operands\n"
    "  code, spills      bytes of the kernel; vector registers moved to or from the stack in loops that sum\n"
    "  mca, cycles       of an iteration of the loop that sums most: as llvm-mca predicts it, and the cycles of "
    "the\n"
    "                    call by the iterations its sums need: more than mca is what happens outside and memory\n"
    "  *                 what ingot compile takes\n"
    "The last line gives the median of the paired ratios and half its 95 % confidence interval.\n"
    "bench/compare.py compares two files that --json wrote.";

std::string now() {
    const std::time_t time = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&time, &utc);
    std::string text(32, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc));
    return text;
}

/// What repeats the measurement.
std::string command_of(const BenchOptions &options) {
    std::string command = "ingot bench";
    const auto add = [&](const std::string &option, const std::string &value) {
        command += value.empty() ? "" : option + value;
    };
    add(" ", options.what);
    add(" --schedules ", options.schedules);
    add(" --targets ", options.targets);
    for (const std::string &shape : options.shapes) {
        add(" --shape ", shape);
    }
    add(" --rounds ", std::to_string(options.rounds));
    return command + (options.all_params ? " --all-params" : "") + (options.cold ? " --cold" : "");
}

/// The samples of a kernel are spread over the whole run, so that no moment's neighbours decide about it.
constexpr int most_passes = 7;
constexpr std::size_t passes_of_long_call = 4;  // bench/compare.py asks for as many
constexpr double long_call_seconds = 0.1;
/// Operands that are made and verified anew in each pass rather than kept.
constexpr double large_operands = 64 << 20;

class Bench {
public:
    explicit Bench(const BenchOptions &options)
        : options_(options), contests_(select_contests(options)), progress_(options.verbose) {
        report_.version = INGOT_VERSION;
        report_.generator = generator_version();
        report_.date = now();
        report_.rounds = options.rounds;
        report_.data = options.cold ? "weights cold: evicted from all caches before each call"
                                    : "data hot: weights and activations are those of the call before";
        report_.command = command_of(options);
    }

    void run() {
        compile();
        for (const Contest &contest : contests_) {
            if (report_.limits.try_emplace(contest.target).second) {
                progress_.show("measuring the peak and the memory of " + std::string(contest.target->name));
                report_.limits[contest.target] = measure_limits(*contest.target);
            }
        }
        print(to_text(report_, output_width()));
        prepare_tables();
        const int passes = std::min(most_passes, options_.rounds);
        for (int pass = 0; pass < passes; ++pass) {
            const int rounds = options_.rounds / passes + (pass < options_.rounds % passes ? 1 : 0);
            for (std::size_t i = 0; i < contests_.size(); ++i) {
                place_ = "pass " + std::to_string(pass + 1) + " of " + std::to_string(passes) + ", kernel " +
                         std::to_string(i + 1) + " of " + std::to_string(contests_.size()) + ": " +
                         contests_[i].kernel;
                measure_contest(i, rounds);
            }
        }
        for (BenchTable &table : report_.tables) {
            sort_rows(table.rows);
            print("\n" + to_text(table, report_.limits[table.target], output_width()));
        }
        if (const double share = disturbed_share(report_); share >= 0.1) {
            print("\nBeside " + std::to_string(std::lround(100 * share)) +
                  " % of the samples the core was shared with a busy neighbour: their times are too long.\n");
        }
    }

    [[nodiscard]] const BenchReport &report() const { return report_; }

    /// Throws Error where a kernel was wrong or could not be compiled.
    void check() const {
        std::size_t faults = 0, all = 0;
        for (const BenchTable &table : report_.tables) {
            for (const BenchRow &row : table.rows) {
                ++all;
                faults += row.fault ? 1 : 0;
            }
        }
        if (faults > 0) {
            throw Error(std::to_string(faults) + " of " + std::to_string(all) +
                        " kernels failed; their rows say why");
        }
    }

private:
    void compile() {
        std::vector<KernelRequest> requests;
        for (const Contest &contest : contests_) {
            requests.insert(requests.end(), contest.requests.begin(), contest.requests.end());
        }
        EmitOptions emit;
        emit.jobs = options_.jobs;
        emit.progress = [this](std::size_t done, std::size_t total) {
            progress_.show("compiled kernel " + std::to_string(done) + " of " + std::to_string(total));
        };
        kernels_ = std::make_unique<KernelContenders>(std::move(requests), emit);
    }

    void prepare_tables() {
        std::size_t kernel = 0;
        for (const Contest &contest : contests_) {
            first_.push_back(kernel);
            BenchTable table{contest.kernel, contest.nodes, contest.target, {}};
            for (std::size_t i = 0; i < contest.requests.size(); ++i, ++kernel) {
                table.rows.push_back({contest.requests[i], i == contest.chosen, kernels_->fault(kernel), {}, {}});
                if (!table.rows.back().fault) {
                    table.rows.back().code = kernels_->code(kernel);
                }
            }
            report_.tables.push_back(std::move(table));
        }
    }

    /// One pass over the choices of a kernel; those that take too long have enough of the first passes.
    void measure_contest(std::size_t contest, int rounds) {
        std::vector<BenchRow> &rows = report_.tables[contest].rows;
        verify(contest);
        std::vector<std::size_t> timed;
        std::vector<Contender> contenders;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Measurement &so_far = rows[i].measurement;
            const bool enough =
                so_far.passes.size() >= passes_of_long_call && so_far.median_seconds() > long_call_seconds;
            if (!rows[i].fault && !enough) {
                timed.push_back(i);
                contenders.push_back(contender(first_[contest] + i));
            }
        }
        const std::vector<Measurement> measurements = measure(contenders, measure_options(rounds));
        for (std::size_t i = 0; i < timed.size(); ++i) {
            rows[timed[i]].measurement.append(measurements[i]);
        }
        // Others stay for the next pass.
        if (operand_bytes(contests_[contest].requests[0].spec) > large_operands) {
            kernels_->release(kernels_of(contest));
        }
    }

    [[nodiscard]] std::vector<std::size_t> kernels_of(std::size_t contest) const {
        std::vector<std::size_t> kernels(contests_[contest].requests.size());
        std::iota(kernels.begin(), kernels.end(), first_[contest]);
        return kernels;
    }

    void verify(std::size_t contest) {
        std::vector<BenchRow> &rows = report_.tables[contest].rows;
        const std::vector<std::size_t> kernels = kernels_of(contest);
        if (std::none_of(kernels.begin(), kernels.end(), [&](std::size_t i) { return kernels_->is_ready(i); })) {
            progress_.show("verifying, " + place_);
            kernels_->verify(kernels);
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].fault = kernels_->fault(kernels[i]);
        }
    }

    [[nodiscard]] MeasureOptions measure_options(int rounds) {
        MeasureOptions result;
        result.rounds = rounds;
        result.slow_rounds = 1;
        progress_.show("measuring, " + place_);
        return result;
    }

    [[nodiscard]] Contender contender(std::size_t i) const {
        Contender contender = kernels_->contender(i);
        if (options_.cold && kernels_->request(i).spec.has_weights()) {
            contender.prepare = [this, i] {
                evict_operands(kernels_->request(i).spec, kernels_->problem(i), {"weights"});
            };
        }
        return contender;
    }

    void print(const std::string &text) {
        progress_.clear();
        std::cout << text << std::flush;
    }

    const BenchOptions &options_;
    std::vector<Contest> contests_;
    ProgressLine progress_;
    std::unique_ptr<KernelContenders> kernels_;
    std::vector<std::size_t> first_;  ///< kernel of each contest
    std::string place_;               ///< in the run, for the progress line
    BenchReport report_;
};

void bench(const BenchOptions &options) {
    for (const std::string &file : {options.json, options.csv, options.plot}) {
        if (!file.empty()) {
            check_file_writable(file);
        }
    }
    if (!options.plot.empty()) {
        check_plot(options.plot);
    }
    Bench bench(options);
    bench.run();
    if (!options.json.empty()) {
        write_file(options.json, to_json(bench.report()));
    }
    if (!options.csv.empty()) {
        write_file(options.csv, to_csv(bench.report()));
    }
    if (!options.plot.empty()) {
        plot(to_json(bench.report()), options.plot);
    }
    bench.check();
}

}  // namespace

void add_bench(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("bench", "Measure schedules against each other and against the machine");
    const auto options = std::make_shared<BenchOptions>();
    verb->add_option("what", options->what,
                     "an op, a file of shapes, or a model whose plan's kernels are measured (default: every op of "
                     "ingot's own shapes)")
        ->type_name("OP|SHAPES.csv|MODEL.onnx");
    verb->add_option(
            "--schedules", options->schedules,
            "these only, as in cpu_rows,conv2d_gemm,conv2d_direct/cpu_tiled:tile_x=7,tile_c=2 (default: all)")
        ->type_name("A,B");
    verb->add_flag("--all-params", options->all_params,
                   "every supported combination of each schedule's parameters, not only the default one");
    verb->add_option("--targets,--target", options->targets,
                     "comma-separated list of targets (default: host, the best level)")
        ->type_name("A,B");
    add_shapes(*verb, options->shapes);
    verb->add_option("--rounds", options->rounds, "samples of each kernel (default: 35)")
        ->check(CLI::Range(1, 100000));
    verb->add_flag("--cold", options->cold, "evict the weights from all caches before each call");
    verb->add_option("--json", options->json, "write all figures and samples to this file")->type_name("FILE");
    verb->add_option("--csv", options->csv, "write a line per choice to this file")->type_name("FILE");
    verb->add_option("--plot", options->plot, "draw bars and a roofline into this file")->type_name("FILE.svg");
    verb->add_option("-j,--jobs", options->jobs, "kernels compiled at a time (default: one per core)")
        ->check(CLI::Range(0, 1024));
    verb->add_flag("-v,--verbose", options->verbose, "a line on standard error for each step");
    verb->footer(columns_text);
    verb->callback([options] {
        options->import = import_options(options->shapes);
        bench(*options);
    });
}

}  // namespace ingot
