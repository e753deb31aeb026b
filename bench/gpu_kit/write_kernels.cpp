// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Emits the kernels of the GPU kit when that is built: an archive of their objects, and the table kernels.cpp.
#include "bench/shapes.h"
#include "compiler/lowering/lower.h"
#include "compiler/onnx/import_onnx.h"
#include "compiler/passes/passes.h"
#include "generators/emit.h"
#include "generators/files.h"
#include "generators/toolchain.h"
#include "harness/kernel_problem.h"
#include "harness/placements.h"
#include "schedules/choose.h"
#include "spec/error.h"
#include "tests/kernel_cases.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>

namespace {

using namespace ingot;

/// The batches of one class: a single image, or many.
struct Batches {
    int64_t first, last;
};
constexpr Batches single = {1, 1}, many = {8, 65536}, any = {1, 65536};

struct Entry {
    KernelRequest request;
    Batches batches;
};

struct KitOptions {
    std::string model, out, target = "cuda-compute_80";
    std::vector<std::string> shapes;
    bool trial = false;
};

/// In a trial the first rows only: enough for all that the kit does, though not for what it shall show.
template<typename T>
std::vector<T> cut(std::vector<T> rows, const KitOptions &options) {
    constexpr std::size_t trial_rows = 2;
    if (options.trial && rows.size() > trial_rows) {
        rows.erase(rows.begin() + trial_rows, rows.end());
    }
    return rows;
}

std::vector<Op> ops() {
    std::vector<Op> result;
    for (const Algorithm &algorithm : algorithms()) {
        if (std::find(result.begin(), result.end(), algorithm.op) == result.end()) {
            result.push_back(algorithm.op);
        }
    }
    return result;
}

/// In the middle of a network, and where the op has pictures, at its border in the model's own order.
std::vector<KernelSpec> placements(const KernelSpec &shape, const Choice &choice, const Target &target) {
    std::vector<KernelSpec> result = {with_layouts(shape, choice, target)};
    if (const KernelSpec border = with_planes(result[0]); border != result[0]) {
        result.push_back(border);
    }
    return result;
}

std::vector<Entry> check_entries(const KitOptions &options, const Target &target) {
    std::vector<Entry> entries;
    for (const Op op : ops()) {
        for (const char *text : cut(kernel_cases(op), options)) {
            const KernelSpec shape = parse_kernel_spec(text);
            for (const Choice &choice : supported_choices(shape, target, false)) {
                for (const KernelSpec &spec : placements(shape, choice, target)) {
                    if (is_supported(choice, spec, target)) {
                        entries.push_back({{spec, choice, &target, KernelForm::shipped}, any});
                    }
                }
            }
        }
    }
    return entries;
}

/// The choices for one image and for many; what is chosen for both stands once.
void add_choices(std::vector<Entry> &entries, const KernelSpec &shape, const Target &target) {
    constexpr int64_t large_batch = 32;
    const KernelSpec one = with_images(shape, 1), several = with_images(shape, large_batch);
    std::vector<Choice> for_several = supported_choices(several, target, false);
    for (const Choice &choice : supported_choices(one, target, false)) {
        const auto same = std::find(for_several.begin(), for_several.end(), choice);
        entries.push_back({{with_layouts(one, choice, target), choice, &target, KernelForm::shipped},
                           same == for_several.end() ? single : any});
        if (same != for_several.end()) {
            for_several.erase(same);
        }
    }
    for (const Choice &choice : for_several) {
        entries.push_back({{with_layouts(several, choice, target), choice, &target, KernelForm::shipped}, many});
    }
}

/// The net's kernels as lowered for CUDA, and its layers as lowered for a CPU, each by every CUDA schedule.
void add_net(std::vector<Entry> &entries, const LoweredModel &net, const Target &target) {
    for (const Plan &plan : net.plans) {
        for (const Step &step : plan.steps) {
            if (step.spec && plan.is_cuda()) {
                entries.push_back({{*step.spec, step.choice, &target, KernelForm::shipped}, any});
            } else if (step.spec) {
                KernelSpec shape = parse_kernel_spec(shape_text(*step.spec));
                shape.src.order = step.spec->src.order;
                shape.dst.order = step.spec->dst.order;
                add_choices(entries, shape, target);
            }
        }
    }
}

/// Those of one spec, up to its batch and the layout of its weights, together and each once.
std::vector<Entry> sort_entries(const std::vector<Entry> &entries) {
    std::vector<std::string> order;
    std::map<std::string, std::vector<Entry>> groups;
    std::set<std::string> seen;
    for (const Entry &entry : entries) {
        const std::string key = to_text(without_weight_layouts(with_images(entry.request.spec, 1)));
        if (!seen.insert(key + to_text(entry.request.choice) + std::to_string(entry.batches.first)).second) {
            continue;
        }
        if (!groups.contains(key)) {
            order.push_back(key);
        }
        groups[key].push_back(entry);
    }
    std::vector<Entry> result;
    for (const std::string &key : order) {
        result.insert(result.end(), groups[key].begin(), groups[key].end());
    }
    return result;
}

std::vector<Entry> bench_entries(const KitOptions &options, const LoweredModel &net, const Target &target) {
    std::vector<Entry> entries;
    add_net(entries, net, target);
    for (const std::string &file : options.shapes) {
        for (const KernelSpec &shape : cut(read_shapes(file), options)) {
            add_choices(entries, shape, target);
        }
    }
    return sort_entries(entries);
}

double flops_of(const LoweredModel &net) {
    double flops = 0;
    for (const Step &step : net.plans.front().steps) {
        flops += step.spec ? step.spec->flops() : 0;
    }
    return flops;
}

class Writer {
public:
    /// Emits the kernels of all tables at once.
    explicit Writer(const std::vector<Entry> &entries) {
        std::vector<KernelRequest> requests;
        for (const Entry &entry : entries) {
            requests.push_back(entry.request);
        }
        kernels_ = emit(requests);
    }

    void archive(const std::filesystem::path &file) const {
        std::set<std::string> objects;
        for (const EmittedKernel &kernel : kernels_) {
            objects.insert(std::filesystem::absolute(kernel.object).string());
        }
        std::filesystem::remove(file);
        std::vector<std::string> command = {"ar", "rcs", file.filename().string()};
        command.insert(command.end(), objects.begin(), objects.end());
        run_command(command, file.parent_path());
    }

    [[nodiscard]] std::string declarations() const {
        std::set<std::string> symbols;
        for (const EmittedKernel &kernel : kernels_) {
            symbols.insert(kernel.symbol);
        }
        std::string text;
        for (const std::string &symbol : symbols) {
            text += "extern \"C\" const ingot_cuda_kernel " + symbol + "_cuda;\n";
        }
        return text;
    }

    /// The table of `entries`, which are the next ones of those emitted.
    std::string table(const std::string &name, const std::vector<Entry> &entries) {
        std::ostringstream text;
        text << "static const KitKernel " << name << "_table[] = {\n";
        for (const Entry &entry : entries) {
            text << "    {\"" << to_text(entry.request.spec) << "\", \"" << to_text(entry.request.choice) << "\", "
                 << entry.batches.first << ", " << entry.batches.last << ", &" << kernels_[next_++].symbol
                 << "_cuda},\n";
        }
        text << "};\nconst std::span<const KitKernel> " << name << " = " << name << "_table;\n\n";
        return text.str();
    }

private:
    std::vector<EmittedKernel> kernels_;
    std::size_t next_ = 0;
};

void run(const KitOptions &options) {
    const Target &target = find_target(options.target);
    Graph graph = import_onnx(std::filesystem::path(options.model));
    run_passes(graph);
    const LoweredModel net = lower(graph, "net", {&find_target("x86-64-v4"), &target});

    const std::vector<Entry> check = check_entries(options, target), bench = bench_entries(options, net, target);
    std::vector<Entry> all = check;
    all.insert(all.end(), bench.begin(), bench.end());
    Writer writer(all);
    const std::filesystem::path folder = std::filesystem::absolute(options.out);
    writer.archive(folder / "libgpu_kit_kernels.a");
    std::ostringstream text;
    text.precision(17);
    text << "// Written by write_kernels.\n#include \"bench/gpu_kit/kernels.h\"\n\n"
         << writer.declarations() << "\nnamespace ingot::gpu_kit {\n\n"
         << writer.table("check_kernels", check) << writer.table("bench_kernels", bench)
         << "const double net_flops = " << flops_of(net) << ";\n\n}  // namespace ingot::gpu_kit\n";
    write_file(folder / "kernels.cpp", text.str());
}

}  // namespace

int main(int argc, char **argv) {
    try {
        CLI::App app{"Emits the kernels of the GPU kit."};
        KitOptions options;
        app.add_option("model", options.model, "the reference net")->required();
        app.add_option("out", options.out, "folder of libgpu_kit_kernels.a and kernels.cpp")->required();
        app.add_option("shapes", options.shapes, "files of kernels to be timed");
        app.add_option("--target", options.target)->capture_default_str();
        app.add_flag("--trial", options.trial, "the first rows of each table only");
        CLI11_PARSE(app, argc, argv);
        run(options);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "write_kernels: error: %s\n", error.what());
        return 1;
    }
    return 0;
}
