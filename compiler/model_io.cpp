// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/model_io.h"
#include "spec/error.h"
#include "spec/text.h"
#include <algorithm>
#include <cmath>
#include <optional>

namespace ingot {

namespace {

const std::vector<int64_t> to_nchw = {0, 3, 1, 2}, to_nhwc = {0, 2, 3, 1};

[[noreturn]] void refuse(const char *option, std::string_view name, const std::string &why) {
    throw Error(std::string(option) + " " + printable(name) + ": " + why);
}

std::optional<double> read_number(std::string_view text) {
    const std::optional<float> number = read_float(text);
    return number ? std::optional<double>(*number) : std::nullopt;
}

class InputParser {
public:
    explicit InputParser(std::string_view text) {
        const std::size_t colon = text.rfind(':');
        if (colon == std::string_view::npos || colon == 0) {
            throw Error("--input " + printable(text) +
                        ": no format; write NAME:uint8,nhwc,scale=1/255,mean=A/B/C,std=A/B/C");
        }
        format_.name = text.substr(0, colon);
        for (const std::string_view part : split(text.substr(colon + 1), ',')) {
            read(part);
        }
    }
    [[nodiscard]] InputFormat format() const { return format_; }

private:
    [[noreturn]] void fail(const std::string &why) const { refuse("--input", format_.name, why); }

    void read(std::string_view part) {
        const std::size_t equals = part.find('=');
        const std::string_view key = part.substr(0, equals),
                               value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
        if (part == "float32" || part == "uint8") {
            format_.type = part == "uint8" ? DataType::u8 : DataType::f32;
        } else if (part == "nchw" || part == "nhwc") {
            format_.nhwc = part == "nhwc";
        } else if (key == "scale" && key.size() < part.size()) {
            format_.scale = fraction(value);
        } else if (key == "mean" && key.size() < part.size()) {
            format_.mean = numbers(key, value);
        } else if (key == "std" && key.size() < part.size()) {
            format_.std = numbers(key, value);
            if (std::find(format_.std.begin(), format_.std.end(), 0.0) != format_.std.end()) {
                fail("std is divided by, so it cannot be 0");
            }
        } else {
            fail("'" + printable(part) +
                 "' is no part of a format; known: float32, uint8, nchw, nhwc, scale=A/B, "
                 "mean=A/B/C, std=A/B/C");
        }
    }

    [[nodiscard]] double fraction(std::string_view text) const {
        const std::size_t slash = text.find('/');
        const std::optional<double> above = read_number(text.substr(0, slash));
        const std::optional<double> below =
            slash == std::string_view::npos ? std::optional<double>(1.0) : read_number(text.substr(slash + 1));
        if (!above || !below || *below == 0.0) {
            fail("scale=" + printable(text) + " is no number and no fraction, as in scale=1/255");
        }
        return *above / *below;
    }

    [[nodiscard]] std::vector<double> numbers(std::string_view key, std::string_view text) const {
        std::vector<double> result;
        for (const std::string_view part : split(text, '/')) {
            const std::optional<double> number = read_number(part);
            if (!number) {
                fail(std::string(key) + "=" + printable(text) +
                     " is no list of numbers, as in mean=0.485/0.456/0.406");
            }
            result.push_back(*number);
        }
        return result;
    }

    InputFormat format_;
};

/// The index in `ids` of the value of this name.
std::size_t find_port(const Graph &graph, const std::vector<ValueId> &ids, const std::string &name,
                      const char *option, const char *kind) {
    std::string names;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (graph.value(ids[i]).name == name) {
            return i;
        }
        names += (names.empty() ? "" : ", ") + printable(graph.value(ids[i]).name);
    }
    refuse(option, name, std::string("the model has no such ") + kind + "; it has " + names);
}

void check_rank(const Value &value, const char *option) {
    if (value.shape.size() != 4) {
        refuse(option, value.name,
               "nhwc is an order of four dimensions, but its shape is " + shape_to_text(value.shape) +
                   "; leave it out");
    }
}

/// Puts nodes between an input and its readers.
class InputRewriter {
public:
    InputRewriter(Graph &graph, const InputFormat &format, ValueId input)
        : graph_(graph), format_(format), input_(input), last_(input), model_(graph.value(input)) {}

    void run() {
        check();
        Value &value = graph_.value(input_);
        value.type = format_.type;
        if (format_.nhwc) {
            value.shape = {model_.shape[0], model_.shape[2], model_.shape[3], model_.shape[1]};
        }
        const std::vector<Node> readers = std::move(graph_.nodes);
        graph_.nodes.clear();
        if (format_.nhwc) {
            add(Transpose{to_nchw}, {input_}, format_.type, ".nchw");
        }
        add_map();
        graph_.nodes.insert(graph_.nodes.end(), readers.begin(), readers.end());
        replace_uses_of_readers();
    }

private:
    void check() const {
        if (model_.type != DataType::f32) {
            refuse("--input", model_.name,
                   "the model takes no float32 there, so it has no other format; leave it out");
        }
        if (format_.nhwc) {
            check_rank(model_, "--input");
        }
        const int64_t channels = model_.shape.size() < 2 ? 1 : model_.shape[1];
        for (const auto &[key, list] : {std::pair{"mean", &format_.mean}, std::pair{"std", &format_.std}}) {
            if (list->size() > 1 && static_cast<int64_t>(list->size()) != channels) {
                refuse("--input", model_.name,
                       std::string(key) + " has " + std::to_string(list->size()) + " numbers for " +
                           std::to_string(channels) + (channels == 1 ? " channel" : " channels") +
                           "; give one number, or one per channel");
            }
        }
    }

    // (x * scale - mean) / std as x * factor + term, whose constants are rounded once.
    void add_map() {
        const std::size_t count = std::max({format_.mean.size(), format_.std.size(), std::size_t{1}});
        const auto at = [](const std::vector<double> &list, std::size_t i, double otherwise) {
            return list.empty() ? otherwise : list[list.size() == 1 ? 0 : i];
        };
        std::vector<float> factors, terms;
        for (std::size_t i = 0; i < count; ++i) {
            factors.push_back(static_cast<float>(format_.scale / at(format_.std, i, 1.0)));
            terms.push_back(static_cast<float>(-at(format_.mean, i, 0.0) / at(format_.std, i, 1.0)));
        }
        Expression expression = {operand_term(0)};
        std::vector<ValueId> sources = {last_};
        if (format_.type != DataType::f32) {
            expression.push_back(call_term(Function::to_f32));
        }
        append(expression, sources, factors, 1.0F, Function::mul, ".factor");
        append(expression, sources, terms, 0.0F, Function::add, ".term");
        if (expression.size() > 1) {
            add(Map{expression}, sources, DataType::f32, ".model");
        }
    }

    /// Appends `function` with a constant, or one per channel; nothing where all are `neutral`.
    void append(Expression &expression, std::vector<ValueId> &sources, const std::vector<float> &constants,
                float neutral, Function function, const char *suffix) {
        if (std::all_of(constants.begin(), constants.end(), [&](float c) { return c == neutral; })) {
            return;
        }
        if (constants.size() == 1) {
            expression.push_back(constant_term(constants[0]));
        } else {
            std::vector<int64_t> shape(model_.shape.size(), 1);
            shape[1] = static_cast<int64_t>(constants.size());
            expression.push_back(operand_term(static_cast<int>(sources.size())));
            sources.push_back(graph_.add_value({model_.name + suffix, DataType::f32, shape, constants}));
        }
        expression.push_back(call_term(function));
    }

    void add(Operation operation, std::vector<ValueId> sources, DataType type, const char *suffix) {
        Node node{std::move(operation), std::move(sources), -1, {"Input", model_.name, 0, 0}};
        node.output = graph_.add_value({model_.name + suffix, type, model_.shape, std::nullopt});
        last_ = node.output;
        graph_.nodes.push_back(std::move(node));
        ++added_;
    }

    void replace_uses_of_readers() {
        for (std::size_t i = added_; i < graph_.nodes.size(); ++i) {
            std::vector<ValueId> &inputs = graph_.nodes[i].inputs;
            std::replace(inputs.begin(), inputs.end(), input_, last_);
        }
    }

    Graph &graph_;
    const InputFormat &format_;
    ValueId input_, last_;
    const Value model_;  ///< as the model has it
    std::size_t added_ = 0;
};

void rewrite_output(Graph &graph, std::size_t index) {
    const ValueId id = graph.outputs[index];
    const Value model = graph.value(id);
    check_rank(model, "--output-layout");
    graph.value(id).name += ".nchw";
    Node node{Transpose{to_nhwc}, {id}, -1, {"Output", model.name, 0, 0}};
    const std::vector<int64_t> &shape = model.shape;
    node.output = graph.add_value({model.name, model.type, {shape[0], shape[2], shape[3], shape[1]}, std::nullopt});
    graph.outputs[index] = node.output;
    graph.nodes.push_back(std::move(node));
}

template<typename Format>
void check_once(const std::vector<Format> &formats, const Format &format, const char *option) {
    if (std::count_if(formats.begin(), formats.end(),
                      [&](const Format &other) { return other.name == format.name; }) > 1) {
        refuse(option, format.name, "it is given twice; leave one out");
    }
}

}  // namespace

InputFormat parse_input_format(std::string_view text) {
    return InputParser(text).format();
}

OutputFormat parse_output_format(std::string_view text) {
    const std::size_t equals = text.rfind('=');
    const std::string_view layout = equals == std::string_view::npos ? "" : text.substr(equals + 1);
    if (equals == 0 || (layout != "nhwc" && layout != "nchw")) {
        throw Error("--output-layout " + printable(text) + ": no layout; write NAME=nhwc or NAME=nchw");
    }
    return {std::string(text.substr(0, equals)), layout == "nhwc"};
}

void apply_formats(Graph &graph, const std::vector<InputFormat> &inputs, const std::vector<OutputFormat> &outputs) {
    for (const InputFormat &format : inputs) {
        check_once(inputs, format, "--input");
        const std::size_t index = find_port(graph, graph.inputs, format.name, "--input", "input");
        InputRewriter(graph, format, graph.inputs[index]).run();
    }
    for (const OutputFormat &format : outputs) {
        check_once(outputs, format, "--output-layout");
        const std::size_t index = find_port(graph, graph.outputs, format.name, "--output-layout", "output");
        if (format.nhwc) {
            rewrite_output(graph, index);
        }
    }
    verify(graph);
}

}  // namespace ingot
