#include "modelcache/web.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <charconv>

#include "base/loopback.hpp"
#include "base/text.hpp"

namespace berth::modelcache {
namespace {

constexpr long kConnectSeconds = 30;
constexpr long kBufferBytes = 256 * 1024;
constexpr long kLeastBytesPerSecond = 1024;
constexpr std::size_t kDrainedBytes =
    64 * 1024;  // of an answer that nobody wants, so that the connection stays
constexpr std::size_t kMaxHeaderValueBytes = 16 * 1024;

struct Exchange {
  CURL* easy = nullptr;
  const WebRequest* request = nullptr;
  const WebSettings* settings = nullptr;
  Head head{};
  bool looked = false;
  bool wanted = false;
  bool ended_by_reader = false;
  std::size_t drained = 0;
  bool too_long_header = false;
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  const std::string_view line(data, size * count);
  if (line.starts_with("HTTP/")) {
    exchange.head = {};
    return size * count;
  }
  const auto colon = line.find(':');
  if (colon == line.npos) return size * count;
  const auto name = in_lower_case(trimmed(line.substr(0, colon)));
  const auto value = trimmed(line.substr(colon + 1));
  if (value.size() > kMaxHeaderValueBytes) {
    exchange.too_long_header = true;
    return 0;
  }
  auto& head = exchange.head;
  if (name == "location") head.location = value;
  if (name == "link") head.link = value;
  if (name == "x-error-code") head.error_code = value;
  if (name == "retry-after") head.retry_after = value;
  if (name == "content-range") head.content_range = value;
  if (name == "content-encoding") head.content_encoding = in_lower_case(value);
  if (name == "content-length") {
    std::int64_t length = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), length).ec == std::errc())
      head.content_length = length;
  }
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  if (!exchange.looked) {
    exchange.looked = true;
    curl_easy_getinfo(exchange.easy, CURLINFO_RESPONSE_CODE, &exchange.head.status);
    exchange.wanted = exchange.head.status >= 200 && exchange.head.status < 300 &&
                      (!exchange.request->on_head || exchange.request->on_head(exchange.head));
  }
  if (exchange.head.status / 100 != 2) {
    exchange.drained += size * count;
    exchange.ended_by_reader = exchange.drained > kDrainedBytes;
    return exchange.ended_by_reader ? size * count + 1 : size * count;
  }
  const bool on = exchange.wanted && exchange.request->on_bytes &&
                  exchange.request->on_bytes(std::string_view(data, size * count));
  exchange.ended_by_reader = !on;
  return on ? size * count : size * count + 1;
}

int on_progress(void* to, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& exchange = *static_cast<Exchange*>(to);
  return exchange.settings->stopped && exchange.settings->stopped() ? 1 : 0;
}

bool is_fault_of_trust(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_ISSUER_ERROR ||
         code == CURLE_SSL_INVALIDCERTSTATUS;
}

}  // namespace

struct Web::State {
  WebSettings settings;
  CURL* easy = curl_easy_init();
  ~State() { curl_easy_cleanup(easy); }
};

Web::Web(WebSettings settings) : state_(std::make_unique<State>()) {
  state_->settings = std::move(settings);
}
Web::~Web() = default;

Result<Web::Answer> Web::get(const WebRequest& request) {
  CURL* easy = state_->easy;
  const auto& settings = state_->settings;
  if (easy == nullptr) return fail(Code::kInternal, "libcurl cannot be set up");
  const auto address = address_of(request.url);
  if (!address) return fail(address.error());

  Exchange exchange{.easy = easy, .request = &request, .settings = &settings};
  char reason[CURL_ERROR_SIZE] = "";
  curl_easy_reset(easy);  // options only: connections live on
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "berth");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.silence_seconds));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, settings.slow_on_purpose ? 1L : kLeastBytesPerSecond);
  if (request.limit_seconds > 0) curl_easy_setopt(easy, CURLOPT_TIMEOUT, request.limit_seconds);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // The environment's proxy cannot reach our own machine.
  if (is_loopback(address->host)) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  if (!settings.ca_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
    curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
  }
  curl_slist* headers = curl_slist_append(nullptr, "Accept-Encoding: identity");
  if (!request.token.empty())
    headers = curl_slist_append(headers, ("Authorization: Bearer " + request.token).c_str());
  if (request.first >= 0)
    headers =
        curl_slist_append(headers, fmt::format("Range: bytes={}-{}", request.first, request.last).c_str());
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> held(headers, &curl_slist_free_all);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &on_progress);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &exchange);

  const auto code = curl_easy_perform(easy);
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange.head.status);
  if (!exchange.looked && code == CURLE_OK && exchange.head.status / 100 == 2 && request.on_head)
    request.on_head(exchange.head);  // of an empty body
  if (code == CURLE_OK || exchange.ended_by_reader)
    return Answer{.head = std::move(exchange.head), .ended_by_reader = exchange.ended_by_reader};
  const auto told = [&](Code which, std::string_view words) {
    return fail(which, fmt::format("{}:{}: {}", address->host, address->port, words));
  };
  if (exchange.too_long_header)
    return told(Code::kMalformed, fmt::format("a header of more than {} bytes", kMaxHeaderValueBytes));
  const std::string_view words = reason[0] != '\0' ? reason : curl_easy_strerror(code);
  if (is_fault_of_trust(code))
    return told(Code::kInvalid, fmt::format("{} (--ca-file names what to trust instead)", words));
  return told(code == CURLE_OPERATION_TIMEDOUT ? Code::kTimeout : Code::kUnavailable, words);
}

}  // namespace berth::modelcache
