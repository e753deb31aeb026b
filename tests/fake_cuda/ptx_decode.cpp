// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The body of a kernel: registers get places, constants too, mnemonics become handlers.
#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "tests/fake_cuda/ptx_reader.h"
#include "tests/fake_cuda/ptx_registry.h"

namespace ingot::ptx {
namespace {

constexpr std::string_view special_names[specials] = {"%tid.x",    "%tid.y",    "%tid.z",   "%ntid.x",  "%ntid.y",
                                                      "%ntid.z",   "%ctaid.x",  "%ctaid.y", "%ctaid.z", "%nctaid.x",
                                                      "%nctaid.y", "%nctaid.z", "%laneid",  "%warpid"};

struct Place {
    uint32_t place = no_register;
    uint32_t width = 0;
    bool is_predicate = false;
};

struct Range {
    Type type = Type::b32;
    uint32_t count = 0;
};

class Decoder {
public:
    Decoder(std::span<const Token> body, const Symbols &module_symbols, Kernel &kernel)
        : reader_(body), symbols_(module_symbols), kernel_(kernel) {
        kernel_.register_bytes = specials * 4 * lanes;
        for (const Token &token : body)
            place_shared(token);
        for (const Param &param : kernel_.params)
            symbols_[param.name] = {Space::param, param.offset, 1, param.bytes, true};
    }

    void decode() {
        while (!reader_.at_end())
            statement();
        const Entry *exit = find_entry("exit");
        Instruction last;
        last.handler = exit->handler;
        last.flow = exit->flow;
        last.line = reader_.line();
        kernel_.instructions.push_back(last);
        for (const auto &[instruction, label] : branches_) {
            const auto found = labels_.find(label);
            if (found == labels_.end())
                bad_ptx(kernel_.instructions[instruction].line, "no label " + label);
            kernel_.instructions[instruction].target = found->second;
        }
    }

private:
    void place_shared(const Token &token) {
        const auto found = symbols_.find(token.text);
        if (found == symbols_.end() || found->second.is_placed || found->second.bytes == 0)
            return;
        add_shared(found->second);
    }

    void add_shared(Symbol &symbol) {
        if (dynamic_is_placed_)
            bad_ptx(reader_.line(), "a shared variable is declared after the use of an unsized one");
        symbol.address = rounded_up(kernel_.shared_bytes, symbol.alignment);
        symbol.is_placed = true;
        kernel_.shared_bytes = static_cast<uint32_t>(symbol.address) + symbol.bytes;
    }

    void statement() {
        if (reader_.take("{") || reader_.take("}") || reader_.take(";"))
            return;
        if (reader_.peek_is(":", 1)) {
            labels_[reader_.name()] = static_cast<uint32_t>(kernel_.instructions.size());
            reader_.expect(":");
        } else if (reader_.take(".reg")) {
            declare_registers();
        } else if (reader_.peek_is(".local") || reader_.peek_is(".shared")) {
            declare_variable();
        } else if (reader_.peek_is(".pragma")) {
            reader_.until(";");
        } else {
            instruction();
        }
    }

    void declare_registers() {
        const Token &word = reader_.next();
        const std::optional<Type> type = type_named(word.text);
        if (!type)
            bad_ptx(word.line, "a type expected instead of '" + std::string(word.text) + "'");
        do {
            const std::string name = reader_.name();
            Range range{*type, 0};
            if (reader_.take("<")) {
                range.count = reader_.number();
                reader_.expect(">");
            }
            ranges_[name] = range;
        } while (reader_.take(","));
        reader_.expect(";");
    }

    void declare_variable() {
        const bool is_shared = reader_.next().text == ".shared";
        const Declaration declared = read_declaration(reader_);
        Symbol symbol{is_shared ? Space::shared : Space::local, 0, declared.alignment, declared.bytes, true};
        if (is_shared) {
            add_shared(symbol);
        } else {
            symbol.address = rounded_up(kernel_.local_bytes, declared.alignment);
            kernel_.local_bytes = rounded_up(symbol.address + declared.bytes, 16);
        }
        symbols_[declared.name] = symbol;
    }

    /// The register of that name: declared by itself, or as one of a range like %r<31>.
    const Range *declared(std::string_view name) const {
        if (const auto found = ranges_.find(std::string(name)); found != ranges_.end() && found->second.count == 0)
            return &found->second;
        const size_t stem = name.find_last_not_of("0123456789") + 1;
        const auto found = ranges_.find(std::string(name.substr(0, stem)));
        uint32_t number = UINT32_MAX;
        std::from_chars(name.data() + stem, name.data() + name.size(), number);
        return found != ranges_.end() && number < found->second.count ? &found->second : nullptr;
    }

    uint32_t new_place(uint32_t bytes) {
        const uint32_t place = kernel_.register_bytes;
        kernel_.register_bytes += rounded_up(bytes, 64);
        return place;
    }

    /// Where the register lies; nothing where there is no register of this name.
    std::optional<Place> register_named(std::string_view name) {
        if (const auto found = places_.find(std::string(name)); found != places_.end())
            return found->second;
        const Range *range = declared(name);
        if (range == nullptr)
            return std::nullopt;
        Place result{0, std::max(bytes_of(range->type), 2U), range->type == Type::pred};
        result.place = new_place(result.is_predicate ? 4 : result.width * lanes);
        places_[std::string(name)] = result;
        return result;
    }

    Place constant(uint64_t bits, uint32_t width) {
        bits = width == 8 ? bits : bits & ((uint64_t(1) << 8 * width) - 1);
        const auto key = std::pair(bits, width);
        if (const auto found = constants_.find(key); found != constants_.end())
            return {found->second, width, false};
        const uint32_t place = new_place(width * lanes);
        constants_[key] = place;
        kernel_.constants.push_back({place, width, bits});
        return {place, width, false};
    }

    Place checked(const Place &place, const OperandForm &form, const Token &token) const {
        const uint32_t wanted = std::max(bytes_of(form.type), 2U);
        if (place.is_predicate != (form.type == Type::pred))
            bad_ptx(token.line,
                    std::string(token.text) + " is " + (place.is_predicate ? "a" : "no") + " predicate");
        if (place.width != wanted && !(form.any_width && place.width > wanted))
            bad_ptx(token.line, std::string(token.text) + " has " + std::to_string(8 * place.width) +
                                    " bits, the instruction wants " + std::to_string(8 * wanted));
        return place;
    }

    Place destination(const OperandForm &form) {
        const Token &token = reader_.next();
        if (token.text == "_")
            return {new_place(256), std::max(bytes_of(form.type), 2U), false};
        const std::optional<Place> place = register_named(token.text);
        if (!place)
            bad_ptx(token.line, "no register: " + std::string(token.text));
        return checked(*place, form, token);
    }

    Place source(const OperandForm &form) {
        const Token &token = reader_.peek();
        const uint32_t width = std::max(bytes_of(form.type), 2U);
        if (token.text == "-" || is_number(token)) {
            const uint64_t bits = reader_.signed_bits();
            return form.type == Type::pred ? Place{constant(bits != 0 ? UINT32_MAX : 0, 4).place, 4, true}
                                           : constant(bits, width);
        }
        reader_.next();
        if (const std::optional<Place> place = register_named(token.text))
            return checked(*place, form, token);
        const auto *const special = std::find(std::begin(special_names), std::end(special_names), token.text);
        if (special != std::end(special_names))
            return checked({static_cast<uint32_t>(special - special_names) * 4 * lanes, 4, false}, form, token);
        if (token.text == "WARP_SZ")
            return constant(lanes, width);
        return constant(address_of(token), width);
    }

    uint64_t address_of(const Token &token) {
        const auto found = symbols_.find(token.text);
        if (found == symbols_.end())
            bad_ptx(token.line, "unknown name: " + std::string(token.text));
        Symbol &symbol = found->second;
        if (!symbol.is_placed) {  // dynamic shared memory: after all that is declared
            symbol.address = kernel_.shared_bytes =
                rounded_up(kernel_.shared_bytes, std::max(symbol.alignment, 16U));
            symbol.is_placed = dynamic_is_placed_ = true;
        }
        return symbol.address;
    }

    Place address(const OperandForm &form, Instruction &result) {
        reader_.expect("[");
        const Token &token = reader_.next();
        Place base;
        const std::optional<Place> place = register_named(token.text);
        if (place) {
            if (place->is_predicate || place->width < 4)
                bad_ptx(token.line, std::string(token.text) + " holds no address");
            base = *place;
        } else {
            base = constant(0, bytes_of(form.type));
            result.immediate = static_cast<int64_t>(is_number(token) ? number_bits(token) : address_of(token));
        }
        if (reader_.take("+"))
            result.immediate += static_cast<int64_t>(reader_.signed_bits());
        else if (reader_.peek_is("-"))
            result.immediate += static_cast<int64_t>(reader_.signed_bits());
        reader_.expect("]");
        return base;
    }

    void put(Instruction &result, size_t &k, const Place &place) const {
        result.operands[k] = place.place;
        result.widths[k] = static_cast<uint8_t>(place.width);
        ++k;
    }

    void vector(Instruction &result, size_t &k, const OperandForm &form, uint8_t count) {
        reader_.expect("{");
        for (uint8_t element = 0; element < count; ++element) {
            if (element != 0)
                reader_.expect(",");
            put(result, k, form.kind == Operand::destinations ? destination(form) : source(form));
        }
        reader_.expect("}");
    }

    void operand(Instruction &result, size_t &k, const OperandForm &form, uint8_t count) {
        switch (form.kind) {
        case Operand::destination:
            put(result, k, destination(form));
            break;
        case Operand::source:
            put(result, k, source(form));
            break;
        case Operand::address:
            put(result, k, address(form, result));
            break;
        case Operand::destinations:
        case Operand::sources:
            vector(result, k, form, count);
            break;
        case Operand::optional_predicate:
            if (reader_.take("|"))
                put(result, k, destination(form));
            else
                put(result, k, {});
            break;
        case Operand::number:
            result.immediate = static_cast<int64_t>(reader_.signed_bits());
            break;
        case Operand::label:
            branches_.emplace_back(kernel_.instructions.size(), reader_.name());
            break;
        }
    }

    /// mov of a vector packs or unpacks: these have names of their own.
    std::string whole_mnemonic(const Token &token) const {
        std::string name(token.text);
        if (!name.starts_with("mov.b"))
            return name;
        const bool unpacks = reader_.peek_is("{");
        if (!unpacks && !reader_.peek_is("{", 2))
            return name;
        size_t elements = 1;
        for (size_t ahead = 0; !reader_.peek_is("}", ahead); ++ahead)
            elements += reader_.peek_is(",", ahead) && (unpacks || ahead > 1) ? 1 : 0;
        return name + (unpacks ? " unpack" : " pack") + std::to_string(elements);
    }

    void instruction() {
        Instruction result;
        result.line = reader_.line();
        if (reader_.take("@")) {
            result.negated = reader_.take("!");
            result.predicate = destination({Operand::source, Type::pred}).place;
        }
        const Token &token = reader_.next();
        const std::string mnemonic = whole_mnemonic(token);
        const Entry *entry = find_entry(mnemonic);
        if (entry == nullptr)
            bad_ptx(token.line, "unknown instruction: " + mnemonic);
        result.handler = entry->handler;
        result.flow = entry->flow;
        result.count = entry->count;
        result.type = entry->type;
        result.source = entry->source;
        result.space = entry->space;
        size_t k = 0;
        for (size_t form = 0; form < entry->operands.size(); ++form) {
            if (form != 0 && entry->operands[form].kind != Operand::optional_predicate)
                reader_.expect(",");
            operand(result, k, entry->operands[form], entry->count);
        }
        reader_.expect(";");
        const bool is_access = std::any_of(entry->operands.begin(), entry->operands.end(),
                                           [](const OperandForm &form) { return form.kind == Operand::address; });
        if (is_access && (result.space == Space::shared || result.space == Space::generic) &&
            bytes_of(result.type) < 4)
            kernel_.narrow_shared = true;
        kernel_.instructions.push_back(result);
    }

    Reader reader_;
    Symbols symbols_;
    Kernel &kernel_;
    std::unordered_map<std::string, Range> ranges_;
    std::unordered_map<std::string, Place> places_;
    std::map<std::pair<uint64_t, uint32_t>, uint32_t> constants_;
    std::unordered_map<std::string, uint32_t> labels_;
    std::vector<std::pair<size_t, std::string>> branches_;
    bool dynamic_is_placed_ = false;
};

}  // namespace

void decode_body(std::span<const Token> body, const Symbols &module_symbols, Kernel &kernel) {
    Decoder(body, module_symbols, kernel).decode();
}

}  // namespace ingot::ptx
