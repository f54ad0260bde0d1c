// The inside of a Client, shared by the files that define its calls.
#pragma once

#include <memory>
#include <string>

#include "kube/client.hpp"
#include "kube/query.hpp"
#include "kube/retry.hpp"

namespace berth::kube {

/// Schemas of custom resources and managedFields nest deeply.
inline constexpr std::size_t kMaxObjectDepth = 128;

class Client::Impl {
 public:
  Impl(std::unique_ptr<Transport> transport, ClientSettings settings, std::stop_token stop);

  struct Call {
    std::string what;  // "apply pods lab/workspace"
    HttpRequest request;
    bool idempotent = false;
  };

  SteadyTime call_deadline() const { return std::chrono::steady_clock::now() + settings_.call_deadline; }

  /// One call with its retries: the first answer that is a success, or the last failure.
  Result<HttpResponse> send(Call call, SteadyTime deadline);
  /// The same, and the answer read as JSON.
  Result<json::value> send_for_object(Call call);

  Result<List> list_once(const Resource& resource, const ListQuery& query, SteadyTime deadline);
  Status watch(const Resource& resource, const WatchQuery& query,
               const std::function<bool(WatchEvent)>& on_event);

  std::unique_ptr<Transport> transport_;
  ClientSettings settings_;
  std::stop_token stop_;
  Jitter jitter_;
  std::function<bool()> may_write_;  // empty: always
  std::vector<std::string> warnings_;

 private:
  void keep_warnings(std::vector<std::string> warnings);
};

Result<json::value> parse_answer(std::string_view what, const HttpResponse& response);
Error error_of_exchange(std::string_view what, const Exchange& outcome);
/// The event of one line of a watch; the API's own error when that is what it tells.
Result<WatchEvent> read_event(std::string_view what, std::string_view line);
Query select_query(std::string_view label_selector, std::string_view field_selector);

}  // namespace berth::kube
