// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bench/machine.h"
#include "bench/neighbour.h"
#include "bench/peak.h"
#include "bench/statistics.h"
#include "bench/thread_clock.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <new>

namespace ingot {

namespace {

constexpr int samples = 15;
constexpr double sample_seconds = 1.0 / 3000;
constexpr int adds = 64;  // of an iteration
constexpr int64_t line_bytes = 64;
constexpr int64_t largest_buffer = int64_t{128} << 20;  // more than a core's share of a last-level cache
constexpr int64_t stretch_bytes = 16 * line_bytes;      // that one iteration of a reading loop reads

// Each reads 1 KiB an iteration, 16 cache lines.
__attribute__((target("avx512f"))) void read_zmm(const char *data, int64_t stretches) {
    asm volatile("1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                 "vmovaps \\i*64(%0), %%zmm\\i\n"
                 ".endr\n"
                 "addq $1024, %0\n"
                 "decq %1\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(data), "+r"(stretches)
                 :
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
}

__attribute__((target("avx"))) void read_ymm(const char *data, int64_t stretches) {
    asm volatile("1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                 "vmovaps \\i*64(%0), %%ymm\\i\n"
                 "vmovaps \\i*64+32(%0), %%ymm\\i\n"
                 ".endr\n"
                 "addq $1024, %0\n"
                 "decq %1\n"
                 "jnz 1b\n"
                 "vzeroupper\n"
                 : "+r"(data), "+r"(stretches)
                 :
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
}

void read_xmm(const char *data, int64_t stretches) {
    asm volatile("1:\n"
                 ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
                 "movaps \\i*64(%0), %%xmm\\i\n"
                 "movaps \\i*64+16(%0), %%xmm\\i\n"
                 "movaps \\i*64+32(%0), %%xmm\\i\n"
                 "movaps \\i*64+48(%0), %%xmm\\i\n"
                 ".endr\n"
                 "addq $1024, %0\n"
                 "decq %1\n"
                 "jnz 1b\n"
                 : "+r"(data), "+r"(stretches)
                 :
                 : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
                   "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
}

using Reader = void (*)(const char *, int64_t);

Reader reader_of(const Target &target) {
    return target.vector_bytes == 64 ? read_zmm : target.vector_bytes == 32 ? read_ymm : read_xmm;
}

class Buffer {
public:
    explicit Buffer(int64_t bytes)
        : bytes_(bytes), data_(static_cast<char *>(std::aligned_alloc(4096, static_cast<std::size_t>(bytes)))) {
        if (!data_) {
            throw Error("no memory for a buffer of " + std::to_string(bytes) + " bytes");
        }
        std::fill(data_.get(), data_.get() + bytes, char{1});
    }
    void read(Reader reader, int64_t times) const {
        for (int64_t i = 0; i < times; ++i) {
            reader(data_.get(), bytes_ / stretch_bytes);
        }
    }

private:
    struct Free {
        void operator()(char *data) const { std::free(data); }
    };
    int64_t bytes_;
    std::unique_ptr<char, Free> data_;
};

/// Empty where there is no such file.
std::string first_word(const std::string &file) {
    std::ifstream in(file);
    std::string word;
    in >> word;
    return word;
}

/// Of `48K` or `32M`; 0 of anything else.
int64_t cache_bytes(std::string text) {
    const int shift = text.ends_with('K') ? 10 : text.ends_with('M') ? 20 : 0;
    text.resize(text.size() - (shift == 0 ? 0 : 1));
    return read_int(text, 0, 1 << 20).value_or(0) << shift;
}

std::vector<MemoryLevel> read_memory_levels() {
    std::vector<MemoryLevel> levels;
    for (int index = 0;; ++index) {
        const std::string folder = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index);
        const std::string level = first_word(folder + "/level"), type = first_word(folder + "/type");
        if (level.empty()) {
            break;
        }
        const int64_t bytes = cache_bytes(first_word(folder + "/size"));
        if (type != "Instruction" && bytes > (levels.empty() ? 0 : levels.back().bytes)) {
            levels.push_back({"L" + level, bytes});
        }
    }
    levels.push_back({"memory", std::numeric_limits<int64_t>::max()});
    return levels;
}

double bandwidth(Reader reader, int64_t bytes) {
    const int64_t whole = std::max<int64_t>(4096, bytes / 4096 * 4096);
    const Buffer buffer(whole);
    const auto read = [&](int64_t times) { buffer.read(reader, times); };
    read(1);
    const int64_t times = count_for(sample_seconds, read);
    std::vector<double> rates;
    for (int i = 0; i < samples; ++i) {
        rates.push_back(static_cast<double>(whole * times) / seconds_of(times, read));
    }
    return median(rates);
}

}  // namespace

const std::vector<MemoryLevel> &memory_levels() {
    static const std::vector<MemoryLevel> levels = read_memory_levels();
    return levels;
}

std::size_t level_holding(const std::vector<MemoryLevel> &levels, double bytes) {
    std::size_t level = 0;
    while (level + 1 < levels.size() && bytes > static_cast<double>(levels[level].bytes)) {
        ++level;
    }
    return level;
}

std::string cpu_name() {
    std::ifstream in("/proc/cpuinfo");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("model name")) {
            return line.substr(std::min(line.size(), line.find(':') + 2));
        }
    }
    return "unknown";
}

MachineLimits measure_limits(const Target &target) {
    const PeakLoop peak = peak_loop(target);
    const int64_t peak_count = count_for(sample_seconds, peak.run),
                  add_count = count_for(sample_seconds / 4, run_dependent_adds);
    std::vector<double> rates, clocks, flops_per_cycle;
    for (int i = 0; i < samples; ++i) {
        rates.push_back(peak.flops * static_cast<double>(peak_count) / seconds_of(peak_count, peak.run));
        clocks.push_back(adds * static_cast<double>(add_count) / seconds_of(add_count, run_dependent_adds));
        flops_per_cycle.push_back(rates.back() / clocks.back());
    }
    MachineLimits limits{median(rates), median(clocks), median(flops_per_cycle), {}};
    const std::vector<MemoryLevel> &levels = memory_levels();
    for (std::size_t i = 0; i < levels.size(); ++i) {
        const bool is_cache = i + 1 < levels.size();
        const int64_t bytes = is_cache ? levels[i].bytes / 2 : largest_buffer;
        limits.bandwidth.push_back(bandwidth(reader_of(target), bytes));
    }
    return limits;
}

}  // namespace ingot
