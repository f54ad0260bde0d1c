#include "said/said.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace berth::said {
namespace {

constexpr std::size_t kFlat = 2;  // an object without any other in it

Result<json::value> read(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() > most)
    return fail(Code::kMalformed, fmt::format("{}: it is longer than {} bytes", what, most));
  auto document = parse_json(text, kFlat);
  if (!document) return fail(within(what, document.error()));
  if (!document->is_object()) return fail(Code::kMalformed, fmt::format("{}: it is no object", what));
  return document;
}

Result<Instant> time_at(std::string_view what, const json::value& document, std::string_view name) {
  auto at = parse_rfc3339(string_at(document, {name}));
  if (!at) return fail(Code::kMalformed, fmt::format("{}: \"{}\" is no time", what, name));
  return at;
}

}  // namespace

std::string to_text(const Wish& wish) {
  return json::serialize(json::object{{"id", wish.id}, {"until", format_rfc3339(wish.until)}});
}

Result<Wish> parse_wish(std::string_view text) {
  constexpr std::string_view kWhat = "read what a workspace wishes";
  const auto document = read(kWhat, text, kMaxWishBytes);
  if (!document) return fail(document.error());
  const auto id = string_at(*document, {"id"});
  const auto until = time_at(kWhat, *document, "until");
  if (!until) return fail(until.error());
  if (!is_uuid(id) || document->get_object().size() != 2)
    return fail(Code::kMalformed, fmt::format("{}: it is not \"id\", a UUID, and \"until\"", kWhat));
  return Wish{id, *until};
}

std::string to_text(const Answer& answer) {
  return json::serialize(json::object{{"id", answer.id},
                                      {"granted", answer.granted},
                                      {"end", format_rfc3339(answer.end)},
                                      {"message", first_bytes(answer.message, kMaxSentenceBytes)},
                                      {"furthest", time_or_null(answer.furthest)},
                                      {"limit", first_bytes(answer.limit, kMaxSentenceBytes)}});
}

Result<Answer> parse_answer(std::string_view text) {
  constexpr std::string_view kWhat = "read what was answered to a wish";
  const auto document = read(kWhat, text, kMaxAnswerBytes);
  if (!document) return fail(document.error());
  const auto end = time_at(kWhat, *document, "end");
  if (!end) return fail(end.error());
  Answer answer{.id = string_at(*document, {"id"}),
                .granted = find_bool(*document, {"granted"}).value_or(false),
                .end = *end,
                .message = string_at(*document, {"message"}),
                .furthest = {},
                .limit = string_at(*document, {"limit"})};
  if (!is_uuid(answer.id)) return fail(Code::kMalformed, fmt::format("{}: its id is no UUID", kWhat));
  if (find_string(*document, {"furthest"})) {
    const auto furthest = time_at(kWhat, *document, "furthest");
    if (!furthest) return fail(furthest.error());
    answer.furthest = *furthest;
  }
  return answer;
}

}  // namespace berth::said
