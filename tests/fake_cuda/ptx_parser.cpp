// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The outer level of a module: its directives, variables and kernels.
#include <algorithm>
#include <cstring>

#include "tests/fake_cuda/ptx_reader.h"

namespace ingot::ptx {
namespace {

struct Entry {
    std::span<const Token> params;
    std::span<const Token> directives;
    std::span<const Token> body;
};

class Parser {
public:
    Parser(std::string_view text, GlobalAllocator &allocator)
        : tokens_(tokenize(text)), reader_(tokens_), allocator_(allocator) {
        for (size_t at = 0; at <= text.size();) {
            const size_t end = std::min(text.find('\n', at), text.size());
            module_->lines.emplace_back(text.substr(at, end - at));
            at = end + 1;
        }
    }

    std::unique_ptr<Module> parse() {
        while (!reader_.at_end())
            directive();
        place_variables();
        for (const auto &[name, entry] : entries_)
            decode(name, entry);
        return std::move(module_);
    }

private:
    void directive() {
        const Token &word = reader_.next();
        if (word.text == ".version") {
            const std::string_view version = reader_.next().text;
            if (version.size() != 3 || version[1] != '.')
                bad_ptx(word.line, "no version: " + std::string(version));
            module_->version = (version[0] - '0') * 10 + (version[2] - '0');
        } else if (word.text == ".target") {
            target();
        } else if (word.text == ".address_size") {
            if (reader_.number() != 64)
                bad_ptx(word.line, "addresses of 64 bits expected");
        } else if (word.text == ".visible" || word.text == ".weak" || word.text == ".extern") {
            is_extern_ = word.text == ".extern";
        } else if (word.text == ".const" || word.text == ".global" || word.text == ".shared") {
            variable(word.text);
            is_extern_ = false;
        } else if (word.text == ".entry") {
            entry();
        } else {
            bad_ptx(word.line, "not understood: " + std::string(word.text));
        }
    }

    void target() {
        const Token &word = reader_.next();
        std::string_view digits = word.text;
        if (!digits.starts_with("sm_"))
            bad_ptx(word.line, "no target: " + std::string(digits));
        for (const char c : digits.substr(3))
            if (c >= '0' && c <= '9')
                module_->target = module_->target * 10 + (c - '0');
        while (reader_.take(","))
            reader_.next();
    }

    void variable(std::string_view space) {
        const Declaration declared = read_declaration(reader_);
        Symbol symbol{Space::shared, 0, declared.alignment, declared.bytes, false};
        if (space != ".shared") {
            std::vector<std::byte> &bytes = space == ".const" ? constants_ : globals_;
            symbol.space = space == ".const" ? Space::constant : Space::global;
            symbol.address = rounded_up(bytes.size(), declared.alignment);
            symbol.is_placed = true;
            bytes.resize(symbol.address + declared.bytes);
            std::copy(declared.initial.begin(), declared.initial.end(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(symbol.address));
        } else if (!is_extern_ && declared.bytes == 0) {
            bad_ptx(reader_.line(), declared.name + " has no size");
        }
        symbols_[declared.name] = symbol;
    }

    void entry() {
        const std::string name = reader_.name();
        Entry result;
        if (reader_.take("("))
            result.params = reader_.until(")");
        result.directives = reader_.until("{");
        result.body = reader_.body();
        entries_[name] = result;
    }

    /// The variables move to where kernels find them: addresses are those of the host.
    void place_variables() {
        module_->constant_bytes = constants_.size();
        module_->constants = std::make_unique<std::byte[]>(constants_.size() + 1);
        std::copy(constants_.begin(), constants_.end(), module_->constants.get());
        std::byte *globals = globals_.empty() ? nullptr : allocator_.allocate(globals_.size());
        std::copy(globals_.begin(), globals_.end(), globals);
        for (auto &[name, symbol] : symbols_) {
            if (symbol.space == Space::constant)
                symbol.address += reinterpret_cast<uint64_t>(module_->constants.get());
            if (symbol.space == Space::global)
                symbol.address += reinterpret_cast<uint64_t>(globals);
        }
    }

    void decode(const std::string &name, const Entry &entry) {
        Kernel kernel;
        kernel.name = name;
        Reader params(entry.params);
        while (!params.at_end()) {
            param(params, kernel);
            params.take(",");
        }
        Reader directives(entry.directives);
        while (!directives.at_end())
            kernel_directive(directives, kernel);
        decode_body(entry.body, symbols_, kernel);
        module_->kernels.emplace(name, std::move(kernel));
    }

    static void param(Reader &reader, Kernel &kernel) {
        reader.expect(".param");
        uint32_t alignment = 1;
        if (reader.take(".align"))
            alignment = reader.number();
        const Token &word = reader.next();
        const std::optional<Type> type = type_named(word.text);
        if (!type)
            bad_ptx(word.line, "a type expected instead of '" + std::string(word.text) + "'");
        if (reader.take(".ptr")) {
            if (!reader.take(".global") && !reader.take(".const") && !reader.take(".shared"))
                reader.take(".local");
            if (reader.take(".align"))
                reader.number();
        }
        Param result{reader.name(), 0, bytes_of(*type)};
        alignment = std::max(alignment, result.bytes);
        if (reader.take("[")) {
            result.bytes *= reader.number();
            reader.expect("]");
        }
        result.offset = rounded_up(kernel.param_bytes, alignment);
        kernel.param_bytes = result.offset + result.bytes;
        kernel.params.push_back(result);
    }

    static void kernel_directive(Reader &reader, Kernel &kernel) {
        const Token &word = reader.next();
        const bool bounds_threads = word.text == ".maxntid" || word.text == ".reqntid";
        if (!bounds_threads && word.text != ".minnctapersm" && word.text != ".maxnreg")
            bad_ptx(word.line, "not understood: " + std::string(word.text));
        uint32_t product = 1;
        do {
            product *= reader.number();
        } while (reader.take(","));
        if (bounds_threads)
            kernel.max_threads = product;
    }

    std::unique_ptr<Module> module_ = std::make_unique<Module>();
    std::vector<Token> tokens_;
    Reader reader_;
    GlobalAllocator &allocator_;
    Symbols symbols_;
    std::map<std::string, Entry> entries_;
    std::vector<std::byte> constants_;
    std::vector<std::byte> globals_;
    bool is_extern_ = false;
};

}  // namespace

std::unique_ptr<Module> parse(std::string_view text, GlobalAllocator &allocator) {
    auto module = Parser(text, allocator).parse();
    if (module->version == 0 || module->target == 0)
        bad_ptx(1, ".version and .target expected");
    return module;
}

}  // namespace ingot::ptx
