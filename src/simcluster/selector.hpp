// Label and field selectors: which objects a list, a watch or a controller means.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simcluster/api_status.hpp"

namespace berth::simcluster {

/// All requirements must hold. No requirement selects everything.
class LabelSelector {
 public:
  /// "a=b,c!=d,e in (x,y),f notin (z),g,!h". 400 when it cannot be read.
  static Outcome<LabelSelector> parse(std::string_view text);
  /// `matchLabels` and `matchExpressions` of an object; unknown operators select nothing.
  static LabelSelector from_object(const json::value& selector);
  /// Plain equalities, as a Service has them.
  static LabelSelector from_map(const json::value& labels);

  /// `labels` may be null: no labels.
  bool matches(const json::value* labels) const;
  bool empty() const { return requirements_.empty(); }

 private:
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist, kNever };
  struct Requirement {
    std::string key;
    Operator op;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements_;
};

/// Equalities on fields of the object: "metadata.name=x,status.phase!=Running".
class FieldSelector {
 public:
  /// 400 when it cannot be read or names a field that `allowed` does not list; metadata.name and
  /// metadata.namespace always are.
  static Outcome<FieldSelector> parse(std::string_view text, std::string_view allowed);
  bool matches(const json::object& object) const;
  bool empty() const { return terms_.empty(); }

 private:
  struct Term {
    std::vector<std::string> path;
    std::string value;
    bool equal;
  };
  std::vector<Term> terms_;
};

}  // namespace berth::simcluster
