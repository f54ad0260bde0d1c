// What an API server, or something between it and us, answers: the lines of its head, and its errors; and
// what a credential plugin prints.
#include "base/text.hpp"
#include "fuzz.hpp"
#include "kube/exec_plugin.hpp"
#include "kube/response_head.hpp"
#include "kube/status_error.hpp"

namespace {

using berth::fuzz::require;

// Every part of an error is cut: the longest message, its "what", reason and dots.
constexpr std::size_t kLongestMessageBytes = 2048 + 512;
constexpr std::size_t kMostWarnings = 16;
constexpr std::size_t kMostCauses = 32;

void check_error(const berth::Error& error) {
  require(error.message.starts_with("get pods") && error.message.size() <= kLongestMessageBytes);
  require(error.fields.size() <= kMostCauses && error.retry_after_seconds >= 0);
  for (const auto& field : error.fields) {
    require(field.field.size() + field.limit.size() + field.message.size() <= kLongestMessageBytes);
  }
}

void check_plugin(std::string_view printed) {
  berth::kube::ExecPlugin plugin;
  plugin.api_version = "client.authentication.k8s.io/v1";
  plugin.command = "plugin";
  const auto given = berth::kube::read_exec_credential(plugin, printed);
  if (!given) {
    require(given.error().code == berth::Code::kUnauthenticated && given.error().message.size() < 200);
    return;
  }
  require(!given->token.empty() || !given->certificate_pem.empty());
  require(given->certificate_pem.empty() == given->key_pem.empty());
}

}  // namespace

/// Lines of a head up to an empty one, then the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  auto rest = berth::fuzz::text_of(bytes, size);
  check_plugin(rest);

  berth::kube::HttpResponse response;
  while (!rest.empty()) {
    const auto line = berth::fuzz::take_line(rest);
    if (line.empty() || line == "\r") break;
    berth::kube::read_header_line(line, response);
    require(response.warnings.size() <= kMostWarnings);
    require(response.retry_after_seconds.value_or(0) >= 0);
  }
  response.status = size % 2 == 0 ? 409 : 503;
  response.body = rest;
  const auto error = berth::kube::error_of_response("get pods", response);
  check_error(error);
  if (response.retry_after_seconds) require(error.retry_after_seconds == *response.retry_after_seconds);
  if (const auto status = berth::parse_json(rest)) {
    const auto of_status = berth::kube::error_of_status("get pods", response.status, *status);
    check_error(of_status);
    require(berth::is_utf8(of_status.message));
  }
  return 0;
}
