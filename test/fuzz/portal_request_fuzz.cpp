// The parts of a request's head that the portal reads itself: parameters, cookie, token, Last-Event-ID,
// X-Forwarded-For.
#include <algorithm>
#include <memory>
#include <span>

#include "base/embedded.hpp"
#include "base/text.hpp"
#include "fuzz.hpp"
#include "http/headers.hpp"
#include "http/target.hpp"
#include "portal/api_document.hpp"
#include "portal/authenticate.hpp"
#include "portal/call.hpp"
#include "portal/client_address.hpp"
#include "portal/session_cookie.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace {

using berth::fuzz::require;
namespace portal = berth::portal;

constexpr std::size_t kLongestShownBytes = 256;

const portal::ApiDocument& api() {
  static const auto document = *portal::ApiDocument::load(berth::embedded::api_documents().front().bytes);
  return *document;
}

void check_error(const berth::Error& error) {
  require(!error.message.empty());
  for (const auto& field : error.fields) {
    require(field.field.size() <= kLongestShownBytes);
    require(field.value.size() <= kLongestShownBytes);
    require(berth::is_utf8(field.value) && berth::is_utf8(field.message));
  }
}

/// A header may hold any bytes; what is shown of it can neither break an answer nor speak to a terminal.
bool harmless(std::string_view text) {
  return berth::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
         });
}

void check_head(const berth::http::Request& request) {
  for (const bool secure : {false, true}) {
    const auto cookie = portal::session_cookie_of(request.headers, portal::cookie_name(secure));
    require(cookie.value.find(';') == std::string::npos && (cookie.count > 0 || cookie.value.empty()));
    for (const auto& line : portal::clearing_cookies(request, secure))
      require(berth::http::is_header_value(line));
  }

  const auto authorization = request.header("Authorization").value_or("");
  const auto token = portal::bearer_of(authorization);
  require(authorization.ends_with(token) && !token.starts_with(' '));
  require(token.empty() || authorization.size() >= token.size() + 7);

  const auto point = portal::resume_point(request);
  if (!point) {
    check_error(point.error());
    require(harmless(point.error().fields.front().value));
  } else if (*point) {
    require(**point >= 0);
  }
  const auto shown = berth::shown(authorization);
  require(shown.size() <= kLongestShownBytes && harmless(shown));
}

/// Whatever the header says, who asks is the other end or one address that is nobody's word but a proxy's.
void check_client(const berth::http::Request& request) {
  static const auto proxies = *portal::TrustedProxies::parse({"10.0.0.0/8", "fd00::/8"});
  static const auto everybody = *portal::TrustedProxies::parse({"0.0.0.0/0", "::/0"});
  const std::string proxy = "10.0.0.1";
  const std::string stranger = "192.0.2.1";
  require(portal::client_address(proxies, stranger, request.headers) == stranger);
  require(portal::client_address(everybody, proxy, request.headers) == proxy);
  const auto client = portal::client_address(proxies, proxy, request.headers);
  require(client == proxy || (everybody.trusts(client) && !proxies.trusts(client)));
}

void check_query(const berth::http::Request& request) {
  for (const auto kind : {berth::store::MarkId::kUuid, berth::store::MarkId::kNumber}) {
    const auto mark = berth::store::parse_cursor(request.query_value("cursor").value_or(""), kind);
    if (!mark) check_error(mark.error());
  }
  const auto page = portal::page_of(request);
  if (page) require(page->limit >= 1 && page->limit <= berth::store::kMaxPageItems);
  if (!page) check_error(page.error());
  const auto range = portal::range_of(request);
  if (range) require(range->start < range->end);
  if (!range) check_error(range.error());

  for (const auto& operation : api().operations()) {
    const auto fine = api().check_parameters(operation, request.query, {});
    if (!fine) {
      check_error(fine.error());
      continue;
    }
    for (const auto& [name, value] : request.query) {
      require(value.size() <= 1024);
      require(std::any_of(
          operation.parameters.begin(), operation.parameters.end(),
          [&](const portal::Parameter& known) { return known.in == "query" && known.name == name; }));
    }
    // Where the description allows it, what reads it must too, or refuse it with a sentence.
    if (request.query_value("limit") && page) require(page->limit <= 500);
  }
}

}  // namespace

/// The target on the first line, a header on each other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = berth::fuzz::text_of(bytes, size);
  auto target = berth::http::parse_target(berth::fuzz::take_line(rest));
  berth::http::Request request;
  while (!rest.empty()) {
    const auto line = berth::fuzz::take_line(rest);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos)
      request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  check_head(request);
  check_client(request);
  if (!target) return 0;
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  check_head(request);
  check_query(request);
  return 0;
}
