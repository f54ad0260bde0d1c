#include "modelcache/hub.hpp"

#include <fmt/format.h>

#include "base/loopback.hpp"
#include "base/percent.hpp"
#include "modelcache/refusals.hpp"

namespace berth::modelcache {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64 << 20;
constexpr long kAnswerSeconds = 300;
constexpr int kMostRedirects = 8;
constexpr std::size_t kMostPages = 100'000;
constexpr std::size_t kMaxTokenBytes = 512;
constexpr std::chrono::milliseconds kAskEvery{200};

struct Page {
  std::string body;
  std::string link;
};

Result<Page> ask_once(Web& web, const HubSettings& hub, const Source& source, std::string_view what,
                      const std::string& url) {
  Page page;
  bool too_large = false;
  bool packed = false;
  WebRequest request{.url = url, .token = hub.token, .limit_seconds = kAnswerSeconds};
  request.on_head = [&](const Head& head) {
    page.body.clear();
    packed = !head.content_encoding.empty() && head.content_encoding != "identity";
    return !packed;
  };
  request.on_bytes = [&](std::string_view bytes) {
    too_large = page.body.size() + bytes.size() > kMaxAnswerBytes;
    if (!too_large) page.body += bytes;
    return !too_large;
  };
  const auto answer = get_following(web, request);
  if (!answer) return fail(within(what, answer.error()));
  if (too_large)
    return fail(Code::kTooLarge, fmt::format("{}: the answer has more than {} bytes", what, kMaxAnswerBytes));
  if (packed)
    return fail(Code::kMalformed, fmt::format("{}: the answer is compressed, which nobody asked for", what));
  const auto& head = answer->head;
  if (head.status != 200)
    return fail(refusal(source, what,
                        {.status = head.status,
                         .error_code = head.error_code,
                         .retry_after_seconds = retry_after(head.retry_after),
                         .had_token = !hub.token.empty()}));
  page.link = head.link;
  return page;
}

Result<Page> ask(Web& web, const HubSettings& hub, const Source& source, std::string_view what,
                 const std::string& url, Pauses& pauses) {
  for (int failed = 1;; ++failed) {
    auto page = ask_once(web, hub, source, what, url);
    if (page || !may_pass(page.error().code) || failed == kMostTries) return page;
    if (!pauses.wait(pause_after(failed, hub.first_pause, page.error().retry_after_seconds))) return page;
  }
}

std::string api_url(const HubSettings& hub, const Source& source) {
  return fmt::format("{}/api/models/{}/{}", hub.endpoint, percent_encoded(source.owner),
                     percent_encoded(source.name));
}

}  // namespace

Status check_hub(const HubSettings& hub) {
  const auto address = address_of(hub.endpoint);
  if (!address) return fail(within("--endpoint", address.error()));
  if (hub.endpoint.find_first_of("?#") != std::string::npos)
    return fail(Code::kInvalid, "--endpoint: the address of a server has no ? and no #");
  if (hub.token.empty()) return {};
  if (hub.token.size() > kMaxTokenBytes ||
      !std::ranges::all_of(hub.token, [](char c) { return c > ' ' && c <= '~'; }))
    return fail(Code::kInvalid,
                fmt::format("a token is at most {} printable characters without blanks", kMaxTokenBytes));
  if (address->scheme == "http" && !is_loopback(address->host))
    return fail(Code::kInvalid, fmt::format("--endpoint: the token would go to {} in the clear; use https://",
                                            address->host));
  return {};
}

bool Pauses::wait(std::chrono::milliseconds pause) {
  const auto until = std::chrono::steady_clock::now() + pause;
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (asked_ && asked_()) stopped_ = true;
    const auto now = std::chrono::steady_clock::now();
    if (stopped_ || now >= until) break;
    const auto next = asked_ ? std::min(until, now + kAskEvery) : until;
    changed_.wait_until(lock, next, [this] { return stopped_.load(); });
  }
  return !stopped_;
}

void Pauses::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

Result<Web::Answer> get_following(Web& web, WebRequest& request) {
  for (int followed = 0;; ++followed) {
    auto answer = web.get(request);
    if (!answer) return answer;
    const auto status = answer->head.status;
    const bool leads_on = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (!leads_on) return answer;
    if (followed == kMostRedirects)
      return fail(Code::kMalformed, fmt::format("the server redirects more than {} times", kMostRedirects));
    if (answer->head.location.empty()) return fail(Code::kMalformed, "the server redirects to nowhere");
    auto to = redirect(request.url, answer->head.location);
    if (!to) return fail(within("the server redirects", to.error()));
    if (to->absolute) request.token.clear();
    request.url = std::move(to->url);
  }
}

Result<std::string> ask_commit(Web& web, const HubSettings& hub, const Source& source, Pauses& pauses) {
  const auto page =
      ask(web, hub, source, "ask for the revision",
          fmt::format("{}/revision/{}", api_url(hub, source), percent_encoded(source.revision)), pauses);
  if (!page) return fail(page.error());
  return parse_commit(page->body);
}

Result<std::vector<RemoteFile>> ask_files(Web& web, const HubSettings& hub, const Source& source,
                                          const std::string& commit, Pauses& pauses) {
  const auto tree = fmt::format("{}/tree/{}?", api_url(hub, source), commit);
  Listing listing;
  std::string query = "recursive=true&expand=false";
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    const auto page = ask(web, hub, source, "ask for the list of files", tree + query, pauses);
    if (!page) return fail(page.error());
    const auto before = listing.entries();
    if (auto added = listing.add_page(page->body); !added) return fail(added.error());
    auto next = next_query(page->link);
    if (!next) return std::move(listing).whole();
    if (listing.entries() == before)
      return fail(Code::kMalformed,
                  "the server's list of files has a page with nothing on it, and a next one");
    query = std::move(*next);
  }
  return fail(Code::kTooLarge, fmt::format("the server's list of files has more than {} pages", kMostPages));
}

std::string file_url(const HubSettings& hub, const Source& source, const std::string& commit,
                     const std::string& path) {
  return fmt::format("{}/{}/{}/resolve/{}/{}", hub.endpoint, percent_encoded(source.owner),
                     percent_encoded(source.name), commit, percent_encoded(path, true));
}

}  // namespace berth::modelcache
