// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/c_names.h"
#include "compiler/library/fill_template.h"
#include "compiler/library/plan_c.h"

namespace ingot {

namespace {

constexpr const char *header = R"(/* @name@: @signature@. Written by ingot @version@; do not edit. */
#pragma once
#include <ingot/runtime.h>

@sizes@#define @NAME@_ARENA_BYTES @arena_bytes@  /* a session with one thread, any n; the session struct included */
#define @NAME@_ARENA_ALIGNMENT 64
#define @NAME@_STACK_BYTES @stack_bytes@  /* what run needs */
@weights@@device@
/* The build's hash: a mixed header and archive fail to link. */
#define @name@_model @symbol@
/* Weights, plans, kernels; immutable, shared by all sessions. */
INGOT_EXTERN_C const ingot_model @name@_model;

/* Runs n images; see ingot_session_run. */
static inline ingot_status @name@_run(ingot_session *session, @pointers@, size_t n) {
    const void *const inputs_[] = {@inputs@};
    void *const outputs_[] = {@outputs@};
    return ingot_session_run(session, inputs_, outputs_, n);
}

#ifdef __cplusplus
#include <cstddef>
#if __cplusplus >= 202002L
#include <span>
#endif

namespace @name@ {

/// Owns or borrows an arena. Movable; used by one thread at a time. status() tells why a session cannot run.
class Session : public ingot::Session {
public:
    explicit Session(const ingot::Options &options = ingot::default_options()) noexcept
        : ingot::Session(@name@_model, options) {}

    /// n images one after the other; inputs and outputs must not overlap.
    ingot::Status run(@pointers@, std::size_t n = 1) noexcept {
        const void *const inputs_[] = {@inputs@};
        void *const outputs_[] = {@outputs@};
        return ingot::Session::run(inputs_, outputs_, n);
    }

#if __cplusplus >= 202002L
    /// One image.
    ingot::Status run(@spans@) noexcept {
        return run(@data@, std::size_t{1});
    }
#endif
};

}  // namespace @name@
#endif
)";

/// `[n,1,28,28]`; where the model itself has a batch of 8, `[n*8,1,28,28]`; of a scalar `[n]`.
std::string batch_shape(const Port &port) {
    std::string text = port.shape.empty() || port.shape[0] == 1 ? "[n" : "[n*" + std::to_string(port.shape[0]);
    for (std::size_t i = 1; i < port.shape.size(); ++i) {
        text += "," + std::to_string(port.shape[i]);
    }
    return text + "]";
}

/// What an element is, in the plural.
std::string_view elements(DataType type) {
    switch (type) {
    case DataType::f32:
        return "floats";
    case DataType::i64:
        return "integers of 64 bits";
    case DataType::i32:
        return "integers of 32 bits";
    case DataType::u8:
        return "bytes";
    case DataType::boolean:
        return "bytes, 0 or 1 each,";
    case DataType::bf16:
    case DataType::f16:
        break;
    }
    return "";
}

/// The texts of all inputs or outputs that the header is made of, a comma between them.
struct PortTexts {
    std::string signature, sizes, pointers, names, spans, data;
};

/// `qualifier` stands before each type: `const ` or nothing.
PortTexts port_texts(const std::vector<Port> &ports, const std::string *names, const std::string &prefix,
                     const std::string &qualifier) {
    PortTexts texts;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        const std::string &name = names[i], comma = i == 0 ? "" : ", ", size = std::to_string(ports[i].size());
        const std::string shape = batch_shape(ports[i]);
        const std::string type = qualifier + std::string(c_type(ports[i].type));
        texts.signature += comma + name + " " + std::string(numpy_type(ports[i].type)) + " " + shape;
        texts.sizes += "#define " + prefix + "_" + upper_case(name) + "_SIZE " + size + "  /* " +
                       std::string(elements(ports[i].type)) + " where n = 1; row-major " + shape +
                       ", natural alignment suffices */\n";
        texts.pointers += comma + type + " *" + name;
        texts.names += comma + name;
        texts.spans += comma + "std::span<" + type + ", " + size + "> " + name;
        texts.data += comma + name + ".data()";
    }
    return texts;
}

/// Two lists as one; a model may have no input.
std::string joined(const std::string &inputs, const std::string &outputs) {
    return inputs.empty() ? outputs : inputs + ", " + outputs;
}

std::string device_macros(const LoweredModel &model, const ModelFacts &facts, const std::string &prefix) {
    if (facts.device_bytes(model) == 0) {
        return "";
    }
    return "#define " + prefix + "_MAX_BATCH " + std::to_string(model.plans.back().max_images) +
           "  /* images that a session's memory on a CUDA device holds at a time */\n#define " + prefix +
           "_DEVICE_BYTES " + std::to_string(facts.device_bytes(model)) +
           "  /* of that memory, weights included */\n";
}

std::string weights_macros(const LoweredModel &model, const ModelFacts &facts, const std::string &prefix) {
    if (facts.weights_form == WeightsForm::linked) {
        return "";
    }
    return "#define " + prefix + "_WEIGHTS_BYTES " + std::to_string(facts.weights_file_bytes(model)) + "  /* of " +
           model.name + ".weights, which options.weights hands over */\n#define " + prefix +
           "_WEIGHTS_ALIGNMENT 64\n#define " + prefix + "_WEIGHTS_HASH UINT64_C(0x" +
           weights_hash_text(facts.weights_hash) + ")  /* XXH64 of what follows the file's first 64 bytes */\n";
}

}  // namespace

std::string model_header(const LoweredModel &model, const ModelFacts &facts) {
    const std::vector<std::string> names = port_identifiers(model);
    const std::string prefix = upper_case(model.name);
    const PortTexts in = port_texts(model.inputs, names.data(), prefix, "const ");
    const PortTexts out = port_texts(model.outputs, names.data() + model.inputs.size(), prefix, "");
    return fill_template(header, {{"name", model.name},
                                  {"NAME", prefix},
                                  {"version", facts.version},
                                  {"symbol", facts.model_symbol(model)},
                                  {"signature", in.signature + " -> " + out.signature},
                                  {"sizes", in.sizes + out.sizes},
                                  {"arena_bytes", std::to_string(facts.session_bytes(model))},
                                  {"stack_bytes", std::to_string(facts.stack_bytes())},
                                  {"weights", weights_macros(model, facts, prefix)},
                                  {"device", device_macros(model, facts, prefix)},
                                  {"pointers", joined(in.pointers, out.pointers)},
                                  {"inputs", in.names.empty() ? "0" : in.names},
                                  {"outputs", out.names},
                                  {"spans", joined(in.spans, out.spans)},
                                  {"data", joined(in.data, out.data)}});
}

}  // namespace ingot
