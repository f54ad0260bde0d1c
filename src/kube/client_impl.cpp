#include "kube/client_impl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kube/status_error.hpp"

namespace berth::kube {

namespace {

constexpr double kRetryJitter = 0.25;
constexpr int kMaxListRestarts = 3;

}  // namespace

Client::Impl::Impl(std::unique_ptr<Transport> transport, ClientSettings settings, std::stop_token stop)
    : transport_(std::move(transport)),
      settings_(std::move(settings)),
      stop_(std::move(stop)),
      jitter_(make_jitter(settings_.jitter_seed)) {}

Result<HttpResponse> Client::Impl::send(Call call, SteadyTime deadline) {
  const RetryRules rules{.max_tries = settings_.max_tries, .max_retry_after = settings_.max_retry_after};
  const bool writes = call.request.method != "GET";
  for (int attempt = 1;; ++attempt) {
    if (writes && may_write_ && !may_write_()) {
      return fail(Code::kConflict, fmt::format("{}: no longer allowed to write", call.what),
                  std::string(kMayNotWriteSlug));
    }
    auto outcome = transport_->exchange(
        call.request, {.deadline = deadline, .max_body_bytes = settings_.max_response_bytes}, stop_);
    if (outcome) keep_warnings(std::move(outcome->warnings));
    if (outcome && outcome->status >= 200 && outcome->status < 300) return std::move(*outcome);
    const auto wait = wait_before_retry(rules, {.number = attempt, .idempotent = call.idempotent}, outcome);
    const auto pause = wait ? jittered(*wait, kRetryJitter, jitter_) : std::chrono::milliseconds{0};
    if (!wait || std::chrono::steady_clock::now() + pause >= deadline)
      return fail(error_of_exchange(call.what, outcome));
    if (!sleep_for(pause, stop_)) return fail(within(call.what, stopped_error()));
  }
}

void Client::Impl::keep_warnings(std::vector<std::string> warnings) {
  for (auto& warning : warnings) {
    if (warnings_.size() == kMaxWarnings) return;
    if (std::ranges::find(warnings_, warning) == warnings_.end()) warnings_.push_back(std::move(warning));
  }
}

Result<json::value> Client::Impl::send_for_object(Call call) {
  const auto what = call.what;
  const auto response = send(std::move(call), call_deadline());
  if (!response) return fail(response.error());
  return parse_answer(what, *response);
}

Result<json::value> parse_answer(std::string_view what, const HttpResponse& response) {
  auto value = parse_json(response.body, kMaxObjectDepth);
  if (!value) return fail(within(fmt::format("{}: the answer", what), value.error()));
  return value;
}

Error error_of_exchange(std::string_view what, const Exchange& outcome) {
  return outcome ? error_of_response(what, *outcome) : within(what, outcome.error().error);
}

Query select_query(std::string_view label_selector, std::string_view field_selector) {
  Query query;
  if (!label_selector.empty()) query.add("labelSelector", label_selector);
  if (!field_selector.empty()) query.add("fieldSelector", field_selector);
  return query;
}

Result<List> Client::list(const Resource& resource, const ListQuery& query) {
  const auto deadline = impl_->call_deadline();
  for (int restarts = 0;; ++restarts) {
    auto list = impl_->list_once(resource, query, deadline);
    // The snapshot that the pages came from was compacted away. The rest of it would be of another time:
    // start over.
    if (list || list.error().code != Code::kGone || restarts == kMaxListRestarts) return list;
  }
}

Result<List> Client::Impl::list_once(const Resource& resource, const ListQuery& query, SteadyTime deadline) {
  const auto what = "list " + describe({.resource = resource, .ns = query.ns, .name = {}});
  const auto path = collection_path(resource, query.ns);
  if (!path) return fail(within(what, path.error()));
  List list;
  std::string next;
  do {
    auto parameters = select_query(query.label_selector, query.field_selector);
    parameters.add("limit", std::to_string(settings_.page_items));
    if (!next.empty()) parameters.add("continue", next);
    HttpRequest request{.target = *path + parameters.text()};
    if (query.metadata_only)
      request.accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const auto response = send({.what = what, .request = std::move(request), .idempotent = true}, deadline);
    if (!response) return fail(response.error());
    auto page = parse_answer(what, *response);
    if (!page) return fail(page.error());
    auto* items = page->is_object() ? page->get_object().if_contains("items") : nullptr;
    if (items == nullptr || !(items->is_array() || items->is_null())) {
      return fail(Code::kMalformed, what + ": the answer has no items");
    }
    if (items->is_array()) {
      for (auto& item : items->get_array()) {
        if (!item.is_object()) return fail(Code::kMalformed, what + ": an item is no object");
        if (list.items.size() == settings_.max_list_items) {
          return fail(Code::kTooLarge, fmt::format("{}: more than {} items", what, settings_.max_list_items));
        }
        auto& object = item.get_object();
        if (!query.metadata_only) {
          object["apiVersion"] = resource.api_version();
          object["kind"] = resource.kind;
        }
        if (query.each) query.each(item);
        list.items.push_back(std::move(item));
      }
    }
    list.resource_version = resource_version_of(*page);
    next = string_at(*page, {"metadata", "continue"});
  } while (!next.empty());
  return list;
}

}  // namespace berth::kube
