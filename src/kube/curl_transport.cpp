#include "kube/curl_transport.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "kube/resource.hpp"
#include "kube/response_head.hpp"
#include "kube/server_address.hpp"
#include "kube/silence.hpp"

namespace berth::kube {

namespace {

constexpr long kKeepaliveIdleSeconds = 15;
constexpr long kKeepaliveIntervalSeconds = 5;
constexpr long kCaRereadSeconds = 60;
constexpr std::chrono::milliseconds kLongestPoll{60'000};

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};

class HeaderList {
 public:
  HeaderList() = default;
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  ~HeaderList() { curl_slist_free_all(list_); }

  /// A value with control characters would start a header of its own: such a one is left out, and said to be.
  [[nodiscard]] bool add(std::string_view name, std::string_view value) {
    if (std::ranges::any_of(value, [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; }))
      return false;
    list_ = curl_slist_append(list_, fmt::format("{}: {}", name, value).c_str());
    return true;
  }
  void suppress(std::string_view name) { list_ = curl_slist_append(list_, fmt::format("{}:", name).c_str()); }
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

/// What one exchange gathers while libcurl calls back.
struct Incoming {
  CURL* easy = nullptr;
  const HttpRequest* request = nullptr;
  std::size_t max_body_bytes = 0;
  HttpResponse response{};
  SteadyTime last_byte{};
  bool too_large = false;
  bool ended_by_reader = false;

  bool is_success() const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
  }

  void header(std::string_view line) {
    last_byte = std::chrono::steady_clock::now();
    read_header_line(line, response);
  }

  bool body(std::string_view bytes) {
    last_byte = std::chrono::steady_clock::now();
    if (request->on_bytes && is_success()) {
      ended_by_reader = !request->on_bytes(bytes);
      return !ended_by_reader;
    }
    too_large = response.body.size() + bytes.size() > max_body_bytes;
    if (!too_large) response.body += bytes;
    return !too_large;
  }
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* incoming) {
  static_cast<Incoming*>(incoming)->header({data, size * count});
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* incoming) {
  // Anything but the full size makes libcurl end the transfer. (For no bytes the two would look the same.)
  return static_cast<Incoming*>(incoming)->body({data, size * count}) ? size * count : size * count + 1;
}

bool is_fault_of_trust(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return true;
    default:
      return false;
  }
}

bool is_network_trouble(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // while connecting: the whole exchange has its own clock
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_PROXY:
      return true;
    default:
      return false;
  }
}

class CurlTransport final : public Transport {
 public:
  CurlTransport(const Config& config, std::shared_ptr<Credentials> credentials,
                CurlTransportSettings settings)
      : config_(config),
        address_(split_server(config.server)),
        credentials_(std::move(credentials)),
        settings_(std::move(settings)),
        multi_(curl_multi_init()),
        easy_(curl_easy_init()) {}

  Exchange exchange(const HttpRequest& request, const ExchangeLimits& limits,
                    const std::stop_token& stop) override {
    auto credential = credentials_->current(stop);
    if (!credential) return failed(credential.error(), true, false);
    auto outcome = exchange_as(*credential, request, limits, stop);
    // Tokens rotate: what was just refused may have been replaced on disk since it was read.
    if (!outcome || outcome->status != 401 || !credentials_->refresh_after_refusal(*credential))
      return outcome;
    credential = credentials_->current(stop);
    if (!credential) return failed(credential.error(), true, false);
    return exchange_as(*credential, request, limits, stop);
  }

 private:
  static tl::unexpected<TransportError> failed(Error error, bool never_sent, bool may_pass) {
    return tl::unexpected(
        TransportError{.error = std::move(error), .never_sent = never_sent, .may_pass = may_pass});
  }

  Exchange exchange_as(const Credential& credential, const HttpRequest& request, const ExchangeLimits& limits,
                       const std::stop_token& stop) {
    if (!multi_ || !easy_) {
      return failed({.code = Code::kInternal, .message = "libcurl cannot be set up"}, true, false);
    }
    HeaderList headers;
    if (!add_headers(headers, credential, request)) {
      return failed(
          {.code = Code::kInvalid,
           .message = "a header of the request (a token or a name to act as) holds control characters"},
          true, false);
    }
    Incoming incoming{.easy = easy_.get(),
                      .request = &request,
                      .max_body_bytes = limits.max_body_bytes,
                      .response = {},
                      .last_byte = std::chrono::steady_clock::now()};
    char reason[CURL_ERROR_SIZE] = "";
    curl_easy_reset(easy_.get());  // options only: connections live on
    set_connection_options(credential);
    set_request_options(request, headers, incoming, reason);

    curl_multi_add_handle(multi_.get(), easy_.get());
    auto outcome = run(incoming, limits, stop, reason);
    curl_multi_remove_handle(multi_.get(), easy_.get());
    return outcome;
  }

  bool add_headers(HeaderList& headers, const Credential& credential, const HttpRequest& request) const {
    bool sound = headers.add("Accept", request.accept);
    if (!request.body.empty()) sound = headers.add("Content-Type", request.content_type) && sound;
    if (!credential.authorization.empty())
      sound = headers.add("Authorization", credential.authorization) && sound;
    if (!config_.impersonate_user.empty())
      sound = headers.add("Impersonate-User", config_.impersonate_user) && sound;
    if (!config_.impersonate_uid.empty())
      sound = headers.add("Impersonate-Uid", config_.impersonate_uid) && sound;
    for (const auto& group : config_.impersonate_groups)
      sound = headers.add("Impersonate-Group", group) && sound;
    for (const auto& [key, value] : config_.impersonate_extra) {
      sound = headers.add("Impersonate-Extra-" + percent_encode(key), value) && sound;
    }
    if (!config_.tls_server_name.empty()) sound = headers.add("Host", address_.authority) && sound;
    headers.suppress("Expect");  // asking first costs a round trip and some proxies never answer
    return sound;
  }

  void set_pem(CURLoption file_option, CURLoption blob_option, const Pem& pem) {
    if (!pem.data.empty()) {
      // libcurl's macro wants a pointer it may not change, in a struct that is not const.
      curl_blob blob{
          .data = const_cast<char*>(pem.data.data()), .len = pem.data.size(), .flags = CURL_BLOB_COPY};
      curl_easy_setopt(easy_.get(), blob_option, &blob);
    } else if (!pem.file.empty()) {
      curl_easy_setopt(easy_.get(), file_option, pem.file.c_str());
    }
  }

  void set_connection_options(const Credential& credential) {
    CURL* easy = easy_.get();
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for a name server
    curl_easy_setopt(easy, CURLOPT_USERAGENT, settings_.user_agent.c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
    // A client has one exchange at a time, so there is nothing to multiplex. What HTTP/2 would add is a
    // fault: a deadline that cuts an exchange ends only its stream, and where the peer had gone silent the
    // next exchange goes out on the same dead connection. An HTTP/1.1 connection is closed with the exchange
    // it was cut in.
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, kKeepaliveIdleSeconds);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, address_.scheme.c_str());
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a token never follows a redirect
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (config_.compress) curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    if (!config_.proxy_url.empty()) {
      curl_easy_setopt(easy, CURLOPT_PROXY, config_.proxy_url.c_str());
    } else if (address_.is_loopback || settings_.past_proxies) {
      curl_easy_setopt(easy, CURLOPT_PROXY, "");  // the environment's proxy cannot reach our own machine
    }

    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, kCaRereadSeconds);
    if (!config_.certificate_authority.empty()) {
      curl_easy_setopt(easy, CURLOPT_CAPATH,
                       nullptr);  // trust what was given, and not the system's list besides
      set_pem(CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB, config_.certificate_authority);
    }
    if (config_.insecure_skip_tls_verify) {
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
      curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!credential.certificate_pem.empty()) {
      set_pem(CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, {.data = credential.certificate_pem, .file = {}});
      set_pem(CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, {.data = credential.key_pem, .file = {}});
    } else if (!config_.client_certificate.empty()) {
      set_pem(CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB, config_.client_certificate);
      set_pem(CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB, config_.client_key);
    }
  }

  void set_request_options(const HttpRequest& request, const HeaderList& headers, Incoming& incoming,
                           char* reason) {
    CURL* easy = easy_.get();
    std::string url = config_.server + request.target;
    connect_to_.reset();
    if (!config_.tls_server_name.empty()) {
      // The URL's host is what the certificate is checked against; the connection goes to the real one.
      url = fmt::format("{}://{}:{}{}{}", address_.scheme, config_.tls_server_name, address_.port,
                        address_.prefix, request.target);
      connect_to_.reset(
          curl_slist_append(nullptr, fmt::format("::{}:{}", address_.host, address_.port).c_str()));
      curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
    }
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &incoming);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &incoming);
    if (!request.body.empty()) {
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    }
    // libcurl by itself repeats a request when a kept connection turns out to be closed, whether the server
    // acted on it or not. That is for us to decide, and for a creation the answer is no: it gets a connection
    // of its own.
    if (request.method == "POST") curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    if (request.method != "GET") curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  /// Drives the transfer. The multi interface is used for one thing: its wait can be ended from another
  /// thread.
  Exchange run(Incoming& incoming, const ExchangeLimits& limits, const std::stop_token& stop,
               const char* reason) {
    const std::stop_callback wake(stop, [multi = multi_.get()] { curl_multi_wakeup(multi); });
    while (true) {
      if (stop.stop_requested()) return failed(stopped_error(), nothing_sent(), false);
      int running = 0;
      if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) {
        return failed(trouble(Code::kInternal, "libcurl cannot go on"), false, false);
      }
      int left = 0;
      if (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
          message != nullptr && message->msg == CURLMSG_DONE) {
        return finished(message->data.result, incoming, limits, reason);
      }
      const auto now = std::chrono::steady_clock::now();
      if (now >= limits.deadline) {
        return failed(trouble(Code::kTimeout, "no whole answer before the deadline"), nothing_sent(), false);
      }
      auto wait = limits.deadline - now;
      if (limits.max_silence.count() > 0) {
        const auto silent_until = incoming.last_byte + limits.max_silence;
        if (now >= silent_until) {
          auto silent = trouble(
              Code::kTimeout,
              fmt::format("no byte for {} ms: the other end is taken for dead", limits.max_silence.count()));
          silent.slug = kSilentSlug;
          return failed(std::move(silent), nothing_sent(), true);
        }
        wait = std::min(wait, silent_until - now);
      }
      const auto poll_ms = std::min(std::chrono::ceil<std::chrono::milliseconds>(wait), kLongestPoll);
      curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(poll_ms.count()), nullptr);
    }
  }

  Exchange finished(CURLcode code, Incoming& incoming, const ExchangeLimits& limits, const char* reason) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK || incoming.ended_by_reader) {
      incoming.response.status = static_cast<int>(status);
      return std::move(incoming.response);
    }
    if (incoming.too_large) {
      return failed(
          trouble(Code::kTooLarge, fmt::format("the answer is longer than {} bytes", limits.max_body_bytes)),
          false, false);
    }
    // A text with a URL in it quotes a proxy's, which may hold a password.
    const std::string_view told = reason;
    const bool tellable = !told.empty() && told.find("://") == std::string_view::npos;
    auto error = trouble(Code::kUnavailable, tellable ? told : curl_easy_strerror(code));
    return failed(std::move(error), nothing_sent(), is_network_trouble(code) && !is_fault_of_trust(code));
  }

  bool nothing_sent() const {
    long sent = 0;
    return curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent) == CURLE_OK && sent == 0;
  }

  Error trouble(Code code, std::string_view what) const {
    return {.code = code, .message = fmt::format("{} ({})", what, address_.authority)};
  }

  struct ListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  Config config_;
  ServerAddress address_;
  std::shared_ptr<Credentials> credentials_;
  CurlTransportSettings settings_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;  // destroyed after the easy handle it served
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_slist, ListDeleter> connect_to_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const Config& config, std::shared_ptr<Credentials> credentials,
                                               CurlTransportSettings settings) {
  // Once in the process, before the first handle; thread safe since C++11 by the rules for local statics.
  [[maybe_unused]] static const CURLcode set_up = curl_global_init(CURL_GLOBAL_DEFAULT);
  return std::make_unique<CurlTransport>(config, std::move(credentials), std::move(settings));
}

}  // namespace berth::kube
