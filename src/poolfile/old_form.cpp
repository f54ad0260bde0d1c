// `site:` in a pool was how a cluster's facts were declared until clusters had documents of their own.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

constexpr std::size_t kLongestShownValue = 4096;  // every value that is allowed is shorter

/// Words that YAML 1.1 readers take for something else than a text.
bool is_yaml_word(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array<std::string_view, 9> kWords{"true", "false", "null", "yes", "no",
                                                   "on",   "off",   "y",    "n"};
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

bool needs_no_quotes(const std::string& text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !text.empty() && letter(text.front()) && !is_yaml_word(text) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-' || c == '_';
         });
}

/// JSON is YAML; texts are written without quotes where nobody would put any.
std::string yaml_text(const json::value& value) {
  if (const auto* text = value.if_string(); text != nullptr && needs_no_quotes(std::string(*text))) {
    return std::string(*text);
  }
  std::string inner;
  const auto add = [&](const std::string& item) { inner += (inner.empty() ? "" : ", ") + item; };
  if (const auto* list = value.if_array()) {
    for (const auto& item : *list) add(yaml_text(item));
    return "[" + inner + "]";
  }
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& [name, item] : *object) {
      add(fmt::format("{}: {}", yaml_text(json::string(name)), yaml_text(item)));
    }
    return "{ " + inner + " }";
  }
  return json::serialize(value);
}

std::string cluster_document(const std::string& name, const json::object& site) {
  std::string out = "---\n";
  for (const auto& [key, value] : head_to_json(kClusterKind, name)) {
    out += fmt::format("{}: {}\n", std::string_view(key), yaml_text(value));
  }
  for (const auto& [key, value] : facts_to_json({})) {
    const auto* given = site.if_contains(key);
    if (given == nullptr) {
      if (is_required_range(key))
        out += fmt::format("# {}: required, with one range or more\n", std::string_view(key));
      continue;
    }
    const auto text = yaml_text(*given);
    out += text.size() > kLongestShownValue
               ? fmt::format("# {}: as it was; it is too long to be shown here\n", std::string_view(key))
               : fmt::format("{}: {}\n", std::string_view(key), text);
  }
  return out;
}

}  // namespace

void refuse_site(Fields& fields, const json::value& document) {
  if (!fields.has("site")) return;
  std::string name = string_at(document, {"cluster"});
  if (!kDnsLabel.holds(name)) name = model::Pool().cluster;
  const auto zone = string_at(document, {"site", "time_zone"});
  const auto* site = find(document, {"site"})->if_object();
  fields.faults().add(
      fields.path_of("site"), "", "",
      fmt::format("The facts of a cluster are declared once, in a document of their own, and pools name it. "
                  "Take site: "
                  "out of the pool, {}and add this to the file:\n{}",
                  kTimeZone.holds(zone) ? fmt::format("write time_zone: {} there, ", zone) : std::string(),
                  cluster_document(name, site == nullptr ? json::object() : *site)));
  fields.object("site", Need::kOptional, [](Fields& facts) {
    model::Cluster unused;
    std::string zone_unused;
    facts.text("time_zone", Need::kOptional, kTimeZone, zone_unused);
    read_facts(facts, unused);
  });
}

}  // namespace berth::poolfile
