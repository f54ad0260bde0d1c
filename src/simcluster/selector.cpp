#include "simcluster/selector.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "simcluster/names.hpp"

namespace berth::simcluster {
namespace {

constexpr std::size_t kMaxRequirements = 100;

/// Splits at commas that are not inside parentheses.
std::vector<std::string_view> split_terms(std::string_view text) {
  std::vector<std::string_view> terms;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0) {
      terms.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  terms.push_back(trimmed(text.substr(begin)));
  return terms;
}

/// One equality: where its operator is, how long, and whether it negates.
struct Equality {
  std::string_view key;
  std::string_view value;
  bool equal;
};

std::optional<Equality> split_equality(std::string_view term) {
  const auto at = term.find('=');
  if (at == std::string_view::npos) return std::nullopt;
  const bool negated = at > 0 && term[at - 1] == '!';
  const bool doubled = at + 1 < term.size() && term[at + 1] == '=';
  return Equality{trimmed(term.substr(0, negated ? at - 1 : at)),
                  trimmed(term.substr(at + (doubled ? 2 : 1))), !negated};
}

std::optional<std::string> label_of(const json::value* labels, std::string_view key) {
  const auto* object = labels == nullptr ? nullptr : labels->if_object();
  const auto* value = object == nullptr ? nullptr : object->if_contains(key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::vector<std::string> strings_of(const json::value* list) {
  std::vector<std::string> out;
  if (list == nullptr || !list->is_array()) return out;
  for (const auto& item : list->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
  }
  return out;
}

}  // namespace

Outcome<LabelSelector> LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  if (trimmed(text).empty()) return selector;
  const auto unreadable = [&](std::string_view why) {
    return refuse(bad_request(fmt::format("unable to parse requirement: {} in selector \"{}\"", why, text)));
  };
  for (const auto term : split_terms(text)) {
    if (selector.requirements_.size() == kMaxRequirements) return unreadable("more than 100 requirements");
    Requirement requirement;
    const auto open = term.find('(');
    if (open != std::string_view::npos) {
      if (term.back() != ')') return unreadable("found '(' without ')'");
      const auto head = trimmed(term.substr(0, open));
      const auto space = head.rfind(' ');
      const auto word = space == std::string_view::npos ? std::string_view{} : head.substr(space + 1);
      if (word != "in" && word != "notin") return unreadable("expected 'in' or 'notin' before '('");
      requirement.op = word == "in" ? Operator::kIn : Operator::kNotIn;
      requirement.key = trimmed(head.substr(0, space));
      for (const auto value : split_terms(term.substr(open + 1, term.size() - open - 2))) {
        requirement.values.emplace_back(value);
      }
    } else if (const auto equality = split_equality(term)) {
      requirement.op = equality->equal ? Operator::kIn : Operator::kNotIn;
      requirement.key = equality->key;
      requirement.values.emplace_back(equality->value);
    } else if (term.starts_with('!')) {
      requirement.op = Operator::kDoesNotExist;
      requirement.key = trimmed(term.substr(1));
    } else {
      requirement.op = Operator::kExists;
      requirement.key = term;
    }
    if (const auto problem = label_key_problem(requirement.key); !problem.empty()) {
      return unreadable(fmt::format("<nil>: Invalid value: \"{}\": {}", requirement.key, problem));
    }
    for (const auto& value : requirement.values) {
      if (const auto problem = label_value_problem(value); !problem.empty()) return unreadable(problem);
    }
    selector.requirements_.push_back(std::move(requirement));
  }
  return selector;
}

LabelSelector LabelSelector::from_map(const json::value& labels) {
  LabelSelector selector;
  if (!labels.is_object()) return selector;
  for (const auto& [key, value] : labels.get_object()) {
    if (!value.is_string()) continue;
    selector.requirements_.push_back({std::string(key), Operator::kIn, {std::string(value.get_string())}});
  }
  return selector;
}

LabelSelector LabelSelector::from_object(const json::value& object) {
  LabelSelector selector;
  if (const auto* labels = berth::find(object, {"matchLabels"})) selector = from_map(*labels);
  const auto* expressions = berth::find(object, {"matchExpressions"});
  if (expressions == nullptr || !expressions->is_array()) return selector;
  for (const auto& expression : expressions->get_array()) {
    const auto word = string_at(expression, {"operator"});
    Operator op = Operator::kNever;
    if (word == "In") op = Operator::kIn;
    if (word == "NotIn") op = Operator::kNotIn;
    if (word == "Exists") op = Operator::kExists;
    if (word == "DoesNotExist") op = Operator::kDoesNotExist;
    selector.requirements_.push_back(
        {string_at(expression, {"key"}), op, strings_of(berth::find(expression, {"values"}))});
  }
  return selector;
}

bool LabelSelector::matches(const json::value* labels) const {
  return std::ranges::all_of(requirements_, [&](const Requirement& requirement) {
    const auto value = label_of(labels, requirement.key);
    const bool listed = value && std::ranges::find(requirement.values, *value) != requirement.values.end();
    switch (requirement.op) {
      case Operator::kIn:
        return listed;
      case Operator::kNotIn:
        return !listed;
      case Operator::kExists:
        return value.has_value();
      case Operator::kDoesNotExist:
        return !value.has_value();
      case Operator::kNever:
        return false;
    }
    return false;
  });
}

Outcome<FieldSelector> FieldSelector::parse(std::string_view text, std::string_view allowed) {
  FieldSelector selector;
  if (text.empty()) return selector;
  for (const auto term : split_terms(text)) {
    const auto equality = split_equality(term);
    if (!equality || selector.terms_.size() == kMaxRequirements) {
      return refuse(bad_request(fmt::format("invalid field selector \"{}\"", text)));
    }
    const auto padded = fmt::format(" metadata.name metadata.namespace {} ", allowed);
    if (padded.find(fmt::format(" {} ", equality->key)) == std::string::npos) {
      return refuse(bad_request(fmt::format("field label not supported: {}", equality->key)));
    }
    Term parsed{{}, std::string(equality->value), equality->equal};
    for (std::string_view rest = equality->key;;) {
      const auto dot = rest.find('.');
      parsed.path.emplace_back(rest.substr(0, dot));
      if (dot == std::string_view::npos) break;
      rest.remove_prefix(dot + 1);
    }
    selector.terms_.push_back(std::move(parsed));
  }
  return selector;
}

bool FieldSelector::matches(const json::object& object) const {
  return std::ranges::all_of(terms_, [&](const Term& term) {
    const json::object* at = &object;
    std::string value;
    for (std::size_t i = 0; i < term.path.size(); ++i) {
      const auto* next = at->if_contains(term.path[i]);
      if (next == nullptr) break;
      if (i + 1 == term.path.size()) {
        value = next->is_string() ? std::string(next->get_string()) : json::serialize(*next);
      } else if (next->is_object()) {
        at = &next->get_object();
      } else {
        break;
      }
    }
    return (value == term.value) == term.equal;
  });
}

}  // namespace berth::simcluster
