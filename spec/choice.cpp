// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "spec/choice.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <limits>

namespace ingot {
namespace {

[[noreturn]] void refuse(std::string_view text, const std::string &reason) {
    throw Error("choice '" + std::string(text) + "': " + reason +
                "; write algorithm/schedule or algorithm/schedule:param=value,...");
}

bool is_name(std::string_view text) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

ParamValues parse_params(std::string_view text, std::string_view params) {
    ParamValues values;
    for (std::string_view item : split(params, ',')) {
        const std::size_t equals = item.find_first_of("=:");
        const std::string name(item.substr(0, equals));
        if (equals == std::string_view::npos || !is_name(name)) {
            refuse(text, "'" + std::string(item) + "' is not param=value");
        }
        const auto value =
            read_int(item.substr(equals + 1), std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
        if (!value) {
            refuse(text, "the value of '" + name + "' is not a number within 32 bits");
        }
        const auto same = [&](const auto &other) { return other.first == name; };
        if (std::any_of(values.begin(), values.end(), same)) {
            refuse(text, "'" + name + "' is given twice");
        }
        values.emplace_back(name, static_cast<int>(*value));
    }
    return values;
}

}  // namespace

int param(const ParamValues &values, std::string_view name) {
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto &v) { return v.first == name; });
    INGOT_CHECK(found != values.end(), "a schedule asks for a parameter that it lacks: " + std::string(name));
    return found->second;
}

std::string to_text(const Choice &choice) {
    std::string text = choice.algorithm + "/" + choice.schedule;
    char separator = ':';
    for (const auto &[name, value] : choice.params) {
        text += separator + name + "=" + std::to_string(value);
        separator = ',';
    }
    return text;
}

Choice parse_choice(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view names = text.substr(0, colon);
    const std::size_t slash = names.find('/');
    if (slash == std::string_view::npos) {
        refuse(text, "the '/' between algorithm and schedule is missing");
    }
    Choice choice{std::string(names.substr(0, slash)), std::string(names.substr(slash + 1)), {}};
    if (!is_name(choice.algorithm) || !is_name(choice.schedule)) {
        refuse(text, "names are made of lower-case letters, digits and '_'");
    }
    if (colon != std::string_view::npos) {
        choice.params = parse_params(text, text.substr(colon + 1));
    }
    return choice;
}

}  // namespace ingot
