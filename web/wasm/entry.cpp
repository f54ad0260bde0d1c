// The token economics library as the page calls it: text in, text out. Memory: the page writes its question
// into what `berth_room` returns, and reads the answer, `berth_answer_size` bytes of JSON, before it asks
// again.
#include <boost/json/src.hpp>
#include <string>
#include <string_view>

#include "tokenomics/tokenomics.hpp"

// The library has no exceptions: what would throw is a fault of the program, and stops it (the page starts it
// anew).
namespace boost {
BOOST_NORETURN void throw_exception(const std::exception&) {
  __builtin_trap();
}
BOOST_NORETURN void throw_exception(const std::exception&, const boost::source_location&) {
  __builtin_trap();
}
}  // namespace boost

namespace {

namespace json = berth::json;

/// As much as the API takes.
constexpr std::size_t kMaxQuestionBytes = 1U << 20U;

std::string& question() {
  static std::string text;
  return text;
}

std::string& answer() {
  static std::string text;
  return text;
}

json::object fault_of(const berth::Error& error) {
  json::array fields;
  for (const auto& field : error.fields) {
    fields.push_back(
        {{"field", field.field}, {"value", field.value}, {"limit", field.limit}, {"message", field.message}});
  }
  return {{"ok", false}, {"message", error.message}, {"fields", std::move(fields)}};
}

json::object refused(std::string message) {
  return {{"ok", false}, {"message", std::move(message)}, {"fields", json::array()}};
}

/// The text is {"question": "unit", "scenario": {...}}: by name, so that no number has to agree between two
/// languages.
json::object answered() {
  const auto asked = berth::parse_json(question());
  if (!asked) return fault_of(asked.error());
  const auto which = berth::tokenomics::question_named(berth::string_at(*asked, {"question"}));
  const auto* scenario = berth::find(*asked, {"scenario"});
  if (!which || scenario == nullptr) return refused("There is no such question.");
  auto found = berth::tokenomics::answer(*which, *scenario);
  if (!found) return fault_of(found.error());
  return {{"ok", true}, {"answer", std::move(*found)}};
}

}  // namespace

extern "C" {

/// Room for `bytes` bytes of a question; null when that is too many.
__attribute__((export_name("berth_room"))) char* berth_room(std::size_t bytes) {
  if (bytes > kMaxQuestionBytes) return nullptr;
  question().assign(bytes, '\0');
  return question().data();
}

__attribute__((export_name("berth_answer"))) const char* berth_answer() {
  answer() = json::serialize(answered());
  return answer().data();
}

__attribute__((export_name("berth_catalogue"))) const char* berth_catalogue() {
  answer() = json::serialize(berth::tokenomics::catalogue());
  return answer().data();
}

__attribute__((export_name("berth_answer_size"))) std::size_t berth_answer_size() {
  return answer().size();
}

}  // extern "C"
