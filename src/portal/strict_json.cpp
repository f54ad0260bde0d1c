#include "portal/strict_json.hpp"

#include <fmt/format.h>

#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace berth::portal {
namespace {

/// Walks over the text beside the parser and remembers the first thing that is wrong.
class Walker {
 public:
  // What the parser asks of its handler. Sizes are bounded by the text's own, which the HTTP edge bounds.
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using error_code = boost::system::error_code;
  using View = json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(true); }
  bool on_object_end(std::size_t, error_code&) { return close(); }
  bool on_array_begin(error_code&) { return open(false); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(View part, std::size_t, error_code&) { return append(part); }
  bool on_key(View part, std::size_t, error_code&) {
    append(part);
    auto& level = levels_.back();
    level.key = std::exchange(text_, {});
    if (!level.keys.insert(level.key).second)
      note(Code::kMalformed, "duplicate_field", "once", "is given twice");
    return note_zero(level.key);
  }
  bool on_string_part(View part, std::size_t, error_code&) { return append(part); }
  bool on_string(View part, std::size_t, error_code&) {
    append(part);
    note_zero(std::exchange(text_, {}));
    return value();
  }
  bool on_number_part(View, error_code&) { return true; }
  bool on_int64(std::int64_t, View, error_code&) { return value(); }
  bool on_uint64(std::uint64_t, View, error_code&) { return value(); }
  bool on_double(double, View, error_code&) { return value(); }
  bool on_bool(bool, error_code&) { return value(); }
  bool on_null(error_code&) { return value(); }
  bool on_comment_part(View, error_code&) { return true; }
  bool on_comment(View, error_code&) { return true; }

  const std::optional<Error>& fault() const { return fault_; }

 private:
  struct Level {
    bool is_object = false;
    std::string key;
    std::size_t index = 0;
    std::set<std::string> keys;
  };

  bool open(bool is_object) {
    levels_.push_back({is_object, {}, 0, {}});
    return true;
  }
  bool close() {
    levels_.pop_back();
    return value();
  }
  bool value() {
    if (!levels_.empty()) ++levels_.back().index;
    return true;
  }
  bool append(View part) {
    text_.append(part.data(), part.size());
    return true;
  }

  std::string path() const {
    std::string path;
    for (const auto& level : levels_) {
      if (level.is_object) {
        path += (path.empty() ? "" : ".") + level.key;
      } else {
        path += fmt::format("[{}]", level.index);
      }
    }
    return path.empty() ? "body" : path;
  }

  bool note_zero(const std::string& text) {
    if (text.find('\0') != std::string::npos) {
      note(Code::kInvalid, "zero_byte", "no character U+0000", "holds the character U+0000");
    }
    return true;
  }

  void note(Code code, std::string slug, std::string limit, std::string_view what) {
    if (fault_) return;
    auto field = path();
    std::erase(field, '\0');
    field = shown(field);
    auto sentence = fmt::format("{} {}.", field, what);
    fault_ = Error{.code = code,
                   .message = sentence,
                   .slug = std::move(slug),
                   .fields = {{std::move(field), "", std::move(limit), sentence}},
                   .retry_after_seconds = 0};
  }

  std::vector<Level> levels_;
  std::string text_;
  std::optional<Error> fault_;
};

}  // namespace

Result<json::value> parse_body(std::string_view text) {
  auto body = parse_json(text);
  if (!body) {
    auto error = body.error();
    error.slug = "malformed_json";
    error.fields = {{"body", "", fmt::format("one JSON value, nested at most {} levels deep", kMaxJsonDepth),
                     error.message}};
    return fail(std::move(error));
  }
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<Walker> walk(options);
  boost::system::error_code ignored;  // it was parsed already
  walk.write_some(false, text.data(), text.size(), ignored);
  if (walk.handler().fault()) return fail(*walk.handler().fault());
  return body;
}

}  // namespace berth::portal
