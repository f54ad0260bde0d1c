#include "kube/yaml_json.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <string>

namespace berth::kube {

namespace {

class Converter {
 public:
  explicit Converter(const YamlLimits& limits) : limits_(limits) {}

  Result<json::value> convert(const YAML::Node& node, std::size_t depth) {
    if (depth > limits_.depth)
      return fail(Code::kTooLarge, fmt::format("YAML is nested deeper than {} levels", limits_.depth));
    // Aliases are followed, so each visit counts: that is what bounds a bomb of them.
    if (++visited_ > limits_.nodes)
      return fail(Code::kTooLarge, fmt::format("YAML has more than {} nodes", limits_.nodes));
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return json::value(nullptr);
      case YAML::NodeType::Scalar:
        return scalar(node);
      case YAML::NodeType::Sequence:
        return sequence(node, depth);
      case YAML::NodeType::Map:
        return map(node, depth);
    }
    return json::value(nullptr);
  }

 private:
  static json::value scalar(const YAML::Node& node) {
    const auto& text = node.Scalar();
    const bool quoted = node.Tag() == "!";
    if (!quoted && (text == "true" || text == "True" || text == "TRUE")) return json::value(true);
    if (!quoted && (text == "false" || text == "False" || text == "FALSE")) return json::value(false);
    return json::value(text);
  }

  Result<json::value> sequence(const YAML::Node& node, std::size_t depth) {
    json::array array;
    for (const auto& item : node) {
      auto value = convert(item, depth + 1);
      if (!value) return value;
      array.push_back(std::move(*value));
    }
    return json::value(std::move(array));
  }

  Result<json::value> map(const YAML::Node& node, std::size_t depth) {
    json::object object;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return fail(Code::kMalformed, "a key in YAML must be a plain word");
      auto value = convert(entry.second, depth + 1);
      if (!value) return value;
      if (!object.emplace(entry.first.Scalar(), std::move(*value)).second) {
        return fail(Code::kMalformed, fmt::format("the key \"{}\" appears twice", entry.first.Scalar()));
      }
    }
    return json::value(std::move(object));
  }

  YamlLimits limits_;
  std::size_t visited_ = 0;
};

}  // namespace

Result<json::value> yaml_to_json(std::string_view text, const YamlLimits& limits) {
  try {
    return Converter(limits).convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& exception) {
    // Its own text can quote the document, which holds secrets: only the place is told.
    return fail(Code::kMalformed, fmt::format("broken YAML at line {}, column {}", exception.mark.line + 1,
                                              exception.mark.column + 1));
  }
}

}  // namespace berth::kube
