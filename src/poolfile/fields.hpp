// Reading one object of a pool file: field by field, with the path in every fault, and none left over.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "base/field_errors.hpp"
#include "base/json.hpp"

namespace berth::poolfile {

enum class Need { kRequired, kOptional };

/// What a text must be: `limit` in words, as the fault shows it.
struct TextRule {
  bool (*holds)(std::string_view text);
  std::string_view limit;
};

struct Range {
  std::int64_t least;
  std::int64_t most;
};

/// All faults of a pool file or a part of one; the message begins with the first one's field.
Error file_error(const FieldErrors& faults);

/// Each reader leaves `into` as it is when the field is missing or at fault.
class Fields {
 public:
  /// A value that is no object is one fault, and its fields are not asked for.
  Fields(const json::value& value, std::string path, FieldErrors& faults);

  void text(std::string_view name, Need need, const TextRule& rule, std::string& into);
  void integer(std::string_view name, Need need, Range range, std::int64_t& into);
  void integer(std::string_view name, Need need, Range range, int& into);
  /// Two whole numbers [first, end] in `range`, the first below the second.
  void span(std::string_view name, Need need, Range range, int& first, int& end);
  /// A number with at most `decimals` decimals, as a whole number of its smallest part. `range` is of that
  /// too.
  void decimal(std::string_view name, Need need, int decimals, Range range, std::int64_t& into);
  /// A fraction above 0 and at most 1.
  void share(std::string_view name, Need need, double& into);
  void boolean(std::string_view name, Need need, bool& into);
  void texts(std::string_view name, std::size_t most, const TextRule& rule, std::vector<std::string>& into);
  void object(std::string_view name, Need need, const std::function<void(Fields&)>& read);
  /// As an optional object; null says the same as leaving it out.
  void object_or_null(std::string_view name, const std::function<void(Fields&)>& read);
  /// The elements of a list, each an object. A required list has at least one.
  void objects(std::string_view name, Need need, std::size_t most, const std::function<void(Fields&)>& read);

  /// Whether a field is there at all. Asks for it: it is none of those that nobody knows.
  bool has(std::string_view name) { return ask(name, Need::kOptional) != nullptr; }

  /// Fields that nobody asked for are faults.
  void finish();

  std::string path_of(std::string_view name) const;
  const std::string& path() const { return path_; }
  FieldErrors& faults() { return *faults_; }

 private:
  const json::value* ask(std::string_view name, Need need);
  void wrong(std::string_view name, const json::value& value, std::string limit, std::string_view expected);

  const json::object* object_;
  std::string path_;
  FieldErrors* faults_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace berth::poolfile
