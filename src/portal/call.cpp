#include "portal/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace berth::portal {

bool Caller::may(std::string_view scope) const {
  return by_cookie || std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

store::Author Call::author() const {
  if (!caller) return {"nobody", request.request_id, request.peer};
  auto author = store::author_of(caller->user.id, request.request_id, request.peer);
  author.token = caller->token.value;
  return author;
}

Result<store::PageRequest> page_of(const http::Request& request) {
  store::PageRequest page;
  if (const auto limit = request.query_value("limit")) {
    const auto [rest, error] = std::from_chars(limit->data(), limit->data() + limit->size(), page.limit);
    if (error != std::errc() || rest != limit->data() + limit->size()) page.limit = -1;
    if (auto fits = store::check_limit(page.limit); !fits) return fail(fits.error());
  }
  page.cursor = request.query_value("cursor").value_or("");
  return page;
}

Result<Window> range_of(const http::Request& request) {
  Window range;
  Error error{.code = Code::kInvalid,
              .message = "",
              .slug = "invalid_parameter",
              .fields = {},
              .retry_after_seconds = 0};
  const auto read = [&](std::string_view name, Instant& into) {
    const auto text = request.query_value(name).value_or("");
    const auto at = parse_rfc3339(text);
    if (at) {
      into = *at;
    } else {
      error.fields.push_back(
          {std::string(name), std::string(first_bytes(text, 64)), "RFC 3339", at.error().message});
    }
  };
  read("from", range.start);
  read("to", range.end);
  if (error.fields.empty() && range.empty()) {
    error.fields.push_back({"to", format_rfc3339(range.end),
                            fmt::format("after {}", format_rfc3339(range.start)),
                            "The range ends before it begins."});
  }
  if (error.fields.empty()) return range;
  error.message = error.fields.front().message;
  return fail(std::move(error));
}

Result<std::optional<Instant>> time_of(const http::Request& request, std::string_view name) {
  const auto text = request.query_value(name).value_or("");
  if (text.empty()) return std::optional<Instant>{};
  const auto at = parse_rfc3339(text);
  if (at) return std::optional(*at);
  return fail(
      invalid_field(std::string(name), std::string(first_bytes(text, 64)), "RFC 3339", at.error().message));
}

Result<std::optional<std::int64_t>> resume_point(const http::Request& request) {
  auto text = request.header("Last-Event-ID");
  if (!text || text->empty()) text = request.query_value("last_event_id");
  if (!text || text->empty()) return std::optional<std::int64_t>{};
  std::int64_t id = 0;
  const auto [rest, error] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (error != std::errc() || rest != text->data() + text->size() || id < 0) {
    return fail(invalid_field("Last-Event-ID", shown(*text), "the id of an event",
                              "The id to resume after is not one."));
  }
  return std::optional(id);
}

Status need(const Call& call, model::Duty duty) {
  if (!model::allowed(call.caller->user.role, duty)) {
    return fail(Code::kForbidden, "Your role does not allow this.", "forbidden");
  }
  if (duty != model::Duty::kBook && !call.caller->may("admin")) {
    return fail(Code::kForbidden, "The token lacks the scope \"admin\".", "missing_scope");
  }
  return {};
}

Status need_sign_in(const Call& call) {
  if (call.caller->by_cookie) return {};
  return fail(Code::kForbidden, "A token cannot do this: sign in with your password.", "sign_in_needed");
}

}  // namespace berth::portal
