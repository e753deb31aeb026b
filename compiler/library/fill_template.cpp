// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/library/fill_template.h"
#include "spec/error.h"

namespace ingot {

std::string fill_template(std::string_view text, const std::map<std::string, std::string> &words) {
    std::string result;
    while (true) {
        const std::size_t begin = text.find('@');
        result += text.substr(0, begin);
        if (begin == std::string_view::npos) {
            return result;
        }
        const std::size_t end = text.find('@', begin + 1);
        const auto word = words.find(std::string(text.substr(begin + 1, end - begin - 1)));
        INGOT_CHECK(word != words.end(), "a template has a word that nothing fills");
        result += word->second;
        text.remove_prefix(end + 1);
    }
}

}  // namespace ingot
