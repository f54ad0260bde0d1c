#include "base/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <map>
#include <sstream>

#include "base/text.hpp"

namespace berth {
namespace {

/// Why a document is refused. Thrown through yaml-cpp's parser, which knows no other way to stop.
struct Refusal {
  Code code;
  std::string message;
};

std::string at(const YAML::Mark& mark) {
  return fmt::format("line {}, column {}", mark.line + 1, mark.column + 1);
}

/// Plain scalars as YAML 1.2's core schema reads them; "yes" and "no" are texts.
json::value plain_scalar(const std::string& text, bool numbers) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (!numbers) return json::string(text);
  const char* first = text.data() + (text.front() == '+' ? 1 : 0);
  const char* last = text.data() + text.size();
  if (first == last || (*first != '-' && *first != '.' && (*first < '0' || *first > '9')))
    return json::string(text);
  std::int64_t whole = 0;
  if (const auto [end, error] = std::from_chars(first, last, whole); error == std::errc() && end == last)
    return whole;
  double number = 0;
  if (const auto [end, error] = std::from_chars(first, last, number);
      error == std::errc() && end == last && std::isfinite(number)) {
    return number;
  }
  return json::string(text);
}

/// Builds one JSON value from the parser's events, and counts every node it makes, copies by alias included.
class Builder final : public YAML::EventHandler {
 public:
  Builder(YamlForm form, std::size_t& nodes) : form_(form), nodes_(nodes) {}

  json::value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(nullptr, 1, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {
      throw Refusal{Code::kMalformed, fmt::format("{}: an alias inside of what it stands for", at(mark))};
    }
    const auto [value, count, depth] = found->second;
    if (open_.size() + depth > kMaxJsonDepth) too_deep(mark);
    if (nodes_ + count > kMaxYamlNodes) too_many();  // before the copy is made
    add(value, count, mark, 0, depth);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // yaml-cpp turns the escapes N and _ into a byte each, which is half a character.
    if (!is_utf8(value))
      throw Refusal{Code::kMalformed, fmt::format("{}: a text that is not UTF-8", at(mark))};
    if (tag == "?") {
      if (expects_key()) return key(value, mark);
      return add(plain_scalar(value, form_.numbers), 1, mark, anchor);
    }
    if (tag != "!" && tag != "tag:yaml.org,2002:str") refuse_tag(mark);
    if (expects_key()) return key(value, mark);
    add(json::string(value), 1, mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(json::array(), tag, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(json::object(), tag, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    json::value value;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::size_t nodes_before;
    std::size_t depth = 1;  // levels in it so far, its own included
    std::optional<std::string> key;
  };
  struct Anchored {
    json::value value;
    std::size_t nodes;
    std::size_t depth;
  };

  [[noreturn]] static void too_many() {
    throw Refusal{Code::kTooLarge, fmt::format("more than {} YAML nodes, aliases followed", kMaxYamlNodes)};
  }
  [[noreturn]] static void too_deep(const YAML::Mark& mark) {
    throw Refusal{Code::kMalformed, fmt::format("{}: nested deeper than {} levels", at(mark), kMaxJsonDepth)};
  }
  [[noreturn]] static void refuse_tag(const YAML::Mark& mark) {
    throw Refusal{Code::kMalformed, fmt::format("{}: tags are not understood here", at(mark))};
  }

  bool expects_key() const { return !open_.empty() && open_.back().value.is_object() && !open_.back().key; }

  void key(const std::string& name, const YAML::Mark& mark) {
    if (open_.back().value.get_object().contains(name)) {
      const auto shown_key =
          form_.holds_secrets ? std::string("a key") : fmt::format("the key \"{}\"", shown(name));
      throw Refusal{Code::kMalformed, fmt::format("{}: {} is there twice", at(mark), shown_key)};
    }
    if (++nodes_ > kMaxYamlNodes) too_many();
    open_.back().key = name;
  }

  void open(json::value value, const std::string& tag, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark);
    if (expects_key()) throw Refusal{Code::kMalformed, fmt::format("{}: a key must be a text", at(mark))};
    if (open_.size() >= kMaxJsonDepth) too_deep(mark);
    open_.push_back({std::move(value), mark, anchor, nodes_, 1, {}});
    if (++nodes_ > kMaxYamlNodes) too_many();
  }

  void close() {
    auto done = std::move(open_.back());
    open_.pop_back();
    const auto count = nodes_ - done.nodes_before;
    nodes_ = done.nodes_before;
    add(std::move(done.value), count, done.mark, done.anchor, done.depth);
  }

  void add(json::value value, std::size_t count, const YAML::Mark& mark, YAML::anchor_t anchor,
           std::size_t depth = 0) {
    nodes_ += count;
    if (nodes_ > kMaxYamlNodes) too_many();
    if (expects_key()) throw Refusal{Code::kMalformed, fmt::format("{}: a key must be a text", at(mark))};
    if (anchor != 0) anchored_[anchor] = {value, count, depth};
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    auto& parent = open_.back();
    parent.depth = std::max(parent.depth, depth + 1);
    if (parent.value.is_array()) {
      parent.value.get_array().push_back(std::move(value));
    } else {
      parent.value.get_object().emplace(*parent.key, std::move(value));
      parent.key.reset();
    }
  }

  YamlForm form_;
  std::size_t& nodes_;
  json::value root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
};

}  // namespace

Result<std::vector<json::value>> yaml_documents(std::string_view text, YamlForm form) {
  if (text.size() > kMaxYamlBytes) {
    return fail(Code::kTooLarge,
                fmt::format("the file has {} bytes; at most {} are read", text.size(), kMaxYamlBytes));
  }
  // yaml-cpp takes zeros among the first bytes for UTF-16 or UTF-32, and makes of them what is no text.
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
    return fail(Code::kMalformed, "the file is not UTF-8, or holds a zero byte");
  std::vector<json::value> documents;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    std::size_t nodes = 0;
    while (true) {
      Builder builder(form, nodes);
      if (!parser.HandleNextDocument(builder)) break;
      auto document = builder.take();
      if (!document.is_null()) documents.push_back(std::move(document));  // nothing between two "---"
    }
  } catch (const Refusal& refusal) {
    return fail(refusal.code, "broken YAML: " + refusal.message);
  } catch (const YAML::Exception& error) {
    if (form.holds_secrets) return fail(Code::kMalformed, "broken YAML: " + at(error.mark));
    return fail(Code::kMalformed, fmt::format("broken YAML: {}: {}", at(error.mark), error.msg));
  }
  return documents;
}

}  // namespace berth
