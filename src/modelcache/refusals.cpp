#include "modelcache/refusals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace berth::modelcache {

Error refusal(const Source& source, std::string_view asked_for, const Refusal& refused) {
  const auto model = source.repository();
  const auto said = [&](Code code, std::string words) {
    return Error{.code = code, .message = fmt::format("{}: {}", asked_for, words)};
  };
  const auto& code = refused.error_code;
  if (code == "GatedRepo")
    return said(
        Code::kForbidden,
        fmt::format("{} is given out under a licence: accept it on the model's page with the account whose "
                    "token is used{}",
                    model, refused.had_token ? "" : ", and give that token (--token-file)"));
  if (code == "RevisionNotFound" ||
      (refused.status == 404 && asked_for == "ask for the revision" && code.empty()))
    return said(Code::kNotFound, fmt::format("the server knows no model {} with a revision {}", model,
                                             shown(source.revision)));
  if (code == "EntryNotFound") return said(Code::kNotFound, "the server has no such file in this model");
  if (refused.status == 401 && !refused.had_token)
    return said(
        Code::kUnauthenticated,
        fmt::format("{} is private, or there is no such model: check its name, or give a token that may "
                    "read it (--token-file)",
                    model));
  if (refused.status == 401)
    return said(Code::kUnauthenticated,
                fmt::format("the server does not take the token, or {} is no model that it may read", model));
  if (refused.status == 403)
    return said(Code::kForbidden, fmt::format("the token may not read {} (403)", model));
  if (code == "RepoNotFound" || refused.status == 404)
    return said(Code::kNotFound, fmt::format("the server knows no model {} (404)", model));
  if (refused.status == 429) {
    auto error = said(Code::kTooMany, "the server says that it is asked too often (429)");
    error.retry_after_seconds = refused.retry_after_seconds;
    return error;
  }
  if (refused.status >= 500 || refused.status == 408) {
    auto error = said(Code::kUnavailable, fmt::format("the server answers with status {}", refused.status));
    error.retry_after_seconds = refused.retry_after_seconds;
    return error;
  }
  return said(Code::kMalformed,
              fmt::format("the server answers with status {}, which nobody expects here", refused.status));
}

bool may_pass(Code code) {
  return code == Code::kUnavailable || code == Code::kTimeout || code == Code::kTooMany;
}

std::chrono::milliseconds pause_after(int failed, std::chrono::milliseconds first, int asked_seconds) {
  using std::chrono::milliseconds;
  auto pause = first;
  for (int i = 1; i < failed && pause < kLongestPause; ++i) pause *= 2;
  pause = std::min<milliseconds>(pause, kLongestPause);
  const auto asked =
      std::min<milliseconds>(std::chrono::seconds(std::max(asked_seconds, 0)), kLongestAskedPause);
  return std::max(pause, asked);
}

int retry_after(std::string_view header) {
  header = trimmed(header);
  int seconds = 0;
  const auto [end, fault] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  if (fault != std::errc() || end != header.data() + header.size() || seconds < 0) return 0;
  return seconds;
}

}  // namespace berth::modelcache
