#include "cache/portal.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <memory>

#include "base/loopback.hpp"
#include "base/text.hpp"
#include "cacheplan/wire.hpp"
#include "modelcache/web.hpp"

namespace berth::cache {
namespace {

constexpr long kConnectSeconds = 10;
constexpr long kRequestSeconds = 30;
constexpr std::size_t kMaxAnswerBytes = 4 << 20;
constexpr long kFirstFault = 300;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

void append(List& list, const std::string& line) {
  auto* grown = curl_slist_append(list.get(), line.c_str());
  if (grown == nullptr) return;
  static_cast<void>(list.release());  // part of the new one
  list.reset(grown);
}

struct Received {
  std::string body;
  bool too_large = false;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  received.too_large = received.body.size() + size * count > kMaxAnswerBytes;
  if (received.too_large) return 0;
  received.body.append(data, size * count);
  return size * count;
}

int watch(void* of, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& settings = *static_cast<const PortalSettings*>(of);
  return settings.stopped && settings.stopped() ? 1 : 0;
}

Code code_of(long status) {
  constexpr long kUnauthorized = 401;
  constexpr long kForbidden = 403;
  constexpr long kTooManyRequests = 429;
  constexpr long kServerFault = 500;
  if (status == kUnauthorized) return Code::kUnauthenticated;
  if (status == kForbidden) return Code::kForbidden;
  if (status == kTooManyRequests || status >= kServerFault) return Code::kUnavailable;
  return Code::kMalformed;
}

}  // namespace

Status check_portal(const PortalSettings& settings, bool insecure) {
  const auto address = modelcache::address_of(settings.server);
  if (!address) return fail(within("--portal", address.error()));
  if (settings.server.find_first_of("?#") != std::string::npos)
    return fail(Code::kInvalid, "--portal: the address of a portal has no ? and no #");
  if (address->scheme != "http" || insecure || is_loopback(address->host)) return {};
  return fail(
      Code::kInvalid,
      fmt::format("--portal: the node's token would go to {} in the clear; use https://, or --insecure "
                  "where that is wanted",
                  address->host));
}

Result<json::value> Portal::ask(const std::string& method, const std::string& path,
                                const std::string& body) const {
  const std::unique_ptr<CURL, CurlDeleter> handle(curl_easy_init());
  if (!handle) return fail(Code::kInternal, "cannot set up an HTTP client");
  auto* const curl = handle.get();
  Received received;
  const auto url = settings_.server + "/api/v1" + path;
  List headers;
  append(headers, "Accept: application/json, application/problem+json");
  append(headers, "Authorization: Bearer " + settings_.token);
  if (!body.empty()) append(headers, "Content-Type: application/json");
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kRequestSeconds);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "berth-cache");
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, watch);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &settings_);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // The environment's proxy cannot reach our own machine.
  if (const auto address = modelcache::address_of(settings_.server); address && is_loopback(address->host))
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (!settings_.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
  }
  if (!body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  }
  const auto done = curl_easy_perform(curl);
  const auto what = fmt::format("ask {}", settings_.server);
  if (received.too_large)
    return fail(Code::kTooLarge, fmt::format("{}: the answer has more than {} bytes", what, kMaxAnswerBytes));
  if (done != CURLE_OK) {
    const auto* why = reason[0] != '\0' ? reason.data() : curl_easy_strerror(done);
    return fail(done == CURLE_OPERATION_TIMEDOUT ? Code::kTimeout : Code::kUnavailable,
                fmt::format("{}: {}", what, why));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  auto answer = parse_json(received.body);
  if (status >= kFirstFault) {
    const auto said = answer ? string_at(*answer, {"detail"}) : std::string();
    return fail(code_of(status), fmt::format("{}: {} {}", what, status, shown(said)),
                answer ? string_at(*answer, {"code"}) : std::string());
  }
  if (!answer) return fail(within(what, answer.error()));
  return answer;
}

Result<std::vector<cacheplan::Wanted>> Portal::wanted() const {
  const auto answer = ask("GET", "/cache/node/wanted", {});
  if (!answer) return fail(answer.error());
  const auto* items = find(*answer, {"items"});
  if (items == nullptr) return fail(Code::kMalformed, "ask what is wanted: the answer has no items");
  auto wanted = cacheplan::parse_wanted(*items);
  if (!wanted) return fail(within("ask what is wanted", wanted.error()));
  return wanted;
}

Status Portal::report(const cacheplan::Report& report) const {
  const auto answer = ask("PUT", "/cache/node/report", json::serialize(cacheplan::to_json(report)));
  if (!answer) return fail(within("report", answer.error()));
  return {};
}

}  // namespace berth::cache
