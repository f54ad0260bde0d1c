#include "cli/gate_way.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/clock.hpp"
#include "base/simulated.hpp"
#include "cli/extension.hpp"
#include "cli/gate_line.hpp"
#include "cli/output.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

using std::chrono::steady_clock;

/// The gate hears of who may enter within seconds, and a router of a new workspace.
constexpr std::chrono::seconds kHearingPatience{15};
constexpr std::chrono::milliseconds kHearingPause{500};
constexpr std::array<std::string_view, 2> kPassCookies{"__Host-berth-gate=", "berth-gate="};
constexpr long kRedeemSeconds = 15;
constexpr std::string_view kSimulated = "simulated";

Code code_of(long status) {
  switch (status) {
    case 401:
      return Code::kUnauthenticated;
    case 403:
      return Code::kForbidden;
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kConflict;
    case 429:
    case 503:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

struct Given {
  std::string pass;
  bool simulated = false;  // there is no gate, and nothing behind it
};

/// Keeps the gate's own cookie, as it is sent back; a router may set others.
std::size_t take_pass(char* data, std::size_t size, std::size_t count, void* into) {
  std::string_view line(data, size * count);
  auto& given = *static_cast<Given*>(into);
  if (line.size() > kSimulatedHeader.size() && line[kSimulatedHeader.size()] == ':' &&
      curl_strnequal(line.data(), kSimulatedHeader.data(), kSimulatedHeader.size()) != 0)
    given.simulated = true;
  constexpr std::string_view kHeader = "set-cookie:";
  if (line.size() > kHeader.size() && curl_strnequal(line.data(), kHeader.data(), kHeader.size()) != 0) {
    line.remove_prefix(kHeader.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    line = line.substr(0, line.find_first_of(";\r\n"));
    for (const auto name : kPassCookies) {
      if (line.starts_with(name)) given.pass = line;
    }
  }
  return size * count;
}

/// What the gate gives for a ticket: the cookie "name=value".
Result<std::string> redeem(const std::string& url) {
  struct Deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  const std::unique_ptr<CURL, Deleter> handle(curl_easy_init());
  if (!handle) return fail(Code::kInternal, "cannot set up an HTTP client");
  Given given;
  curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT, kRedeemSeconds);
  curl_easy_setopt(handle.get(), CURLOPT_USERAGENT, "berth-cli");
  curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, ignore_body);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, take_pass);
  curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &given);
  // libcurl's own words quote no address of ours, and the ticket in it is taken or has run out soon.
  const auto outcome = curl_easy_perform(handle.get());
  if (outcome == CURLE_PEER_FAILED_VERIFICATION)
    return fail(Code::kUnavailable, "the workspace's address cannot be trusted", "untrusted");
  if (outcome != CURLE_OK) {
    return fail(Code::kUnavailable,
                fmt::format("the workspace's gate does not answer: {}", curl_easy_strerror(outcome)));
  }
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long kSeeOther = 303;
  if (status == kSeeOther && !given.pass.empty()) return given.pass;
  if (given.simulated) {
    return fail(Code::kUnavailable,
                "this workspace is simulated: no program runs in it, and nothing listens. One that is real: "
                "make run-real, or berth "
                "demo --kubeconfig FILE",
                std::string(kSimulated));
  }
  if (status == 403)
    return fail(Code::kForbidden, "the workspace's gate lets nobody in by this ticket", "refused");
  return fail(Code::kUnavailable, fmt::format("the workspace's gate answers {}", status));
}

}  // namespace

int exit_code_for(const Error& error) {
  switch (error.code) {
    case Code::kUnauthenticated:
    case Code::kForbidden:
      return kNotAllowed;
    case Code::kNotFound:
      return kNotFound;
    case Code::kConflict:
    case Code::kGone:
      return kConflict;
    default:
      return exit_code_of(error);
  }
}

std::unique_ptr<GateWay> GateWay::find(Conversation& conversation, const std::string& ref, int& code) {
  const auto found = conversation.find_reservation(ref, code);
  if (!found) return nullptr;
  const auto id = string_at(*found, {"id"});
  json::value session = nullptr;
  if (string_at(*found, {"state"}) == "ACTIVE") {
    const auto answer =
        conversation.send_on({.method = "GET", .path = "/reservations/" + id + "/session"}, code);
    if (!answer) return nullptr;
    if (answer->status == 200) session = answer->body;
  }
  auto address = workspace_address(*found, session, conversation.server_now);
  if (!address) {
    Conversation::complain(address.error());
    code = kConflict;
    return nullptr;
  }
  const auto name = string_at(*found, {"name"});
  return std::unique_ptr<GateWay>(
      new GateWay(*conversation.client, id, plain(name.empty() ? id : name), std::move(*address)));
}

Result<std::string> GateWay::ticket() const {
  const auto answer = client_.send({.method = "POST",
                                    .path = "/reservations/" + id_ + "/tickets",
                                    .body = json::object{{"app", "editor"}}});
  if (!answer) return fail(answer.error());
  if (answer->status >= 400) {
    return fail(code_of(answer->status), problem_text(answer->body, SystemClock().now()),
                string_at(answer->body, {"type"}));
  }
  auto url = string_at(answer->body, {"url"});
  if (!url.starts_with(address_))
    return fail(Code::kInternal, "the server gave an address that is not the workspace's");
  return url;
}

Result<std::string> GateWay::enter() const {
  for (const auto begun = steady_clock::now();;) {
    const auto url = ticket();
    if (!url) return fail(url.error());
    auto pass = redeem(*url);
    const bool later = !pass && pass.error().slug != "untrusted" && pass.error().slug != kSimulated &&
                       (pass.error().code == Code::kForbidden || pass.error().code == Code::kUnavailable);
    if (!later || steady_clock::now() - begun > kHearingPatience) return pass;
    std::this_thread::sleep_for(kHearingPause);
  }
}

Result<std::string> GateWay::pass_after(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  if (pass_ != refused) return pass_;  // somebody was here before
  auto pass = enter();
  if (!pass) return fail(pass.error());
  pass_ = std::move(*pass);
  return pass_;
}

Result<std::shared_ptr<tunnel::Line>> GateWay::open(boost::asio::io_context& io, const std::string& path) {
  std::string had;
  {
    const std::lock_guard lock(mutex_);
    had = pass_;
  }
  const auto with = [&](const std::string& pass) {
    return open_gate_line(io, {.to = {.url = address_}, .path = path, .pass = pass});
  };
  if (!had.empty()) {
    auto line = with(had);
    if (line || line.error().code != Code::kUnauthenticated) return line;
  }
  const auto pass = pass_after(had);
  return pass ? with(*pass) : fail(pass.error());
}

Error GateWay::why_cut() const {
  const auto still = ticket();  // not redeemed: it runs out within a minute
  const auto code = still ? Code::kUnavailable : still.error().code;
  switch (code) {
    case Code::kForbidden:
    case Code::kNotFound:
    case Code::kUnauthenticated:
      return {.code = Code::kForbidden, .message = fmt::format("you were put out of {}", name_)};
    case Code::kConflict:
      return {.code = Code::kGone, .message = fmt::format("the session of {} is over", name_)};
    default:
      return {.code = Code::kUnavailable, .message = fmt::format("the connection to {} was lost", name_)};
  }
}

}  // namespace berth::cli
