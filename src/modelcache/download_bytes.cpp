// A piece's way over the network: asked for, judged by its head, written, asked for again after a cut.
#include <fmt/format.h>

#include "base/text.hpp"
#include "modelcache/content_range.hpp"
#include "modelcache/download.hpp"
#include "modelcache/refusals.hpp"

namespace berth::modelcache {
namespace {

constexpr std::int64_t kCountsAsProgress = 64 * 1024;

}  // namespace

struct Download::Try {
  enum class Kind { kWhole, kCut, kIgnoresRange, kWrongLength, kExpired };
  Kind kind = Kind::kCut;
  std::int64_t got = 0;
  Error why{};  // of a cut, or of a wrong length
};

Status Download::take_in(const Assignment& given, std::int64_t offset, std::string_view bytes) {
  if (!given.stream) return given.partial->write(offset, bytes);
  // All of it comes, and what is there already is not written again.
  while (!bytes.empty()) {
    const auto piece =
        given.partial->pieces().piece(static_cast<std::size_t>(offset / settings_.piece_bytes));
    const auto part = bytes.substr(0, static_cast<std::size_t>(piece.end() - offset));
    bool there = false;
    {
      const std::scoped_lock lock(mutex_);
      there = given.partial->pieces().is_done(piece.number);
    }
    if (!there) {
      if (auto written = given.partial->write(offset, part); !written) return written;
      offset += static_cast<std::int64_t>(part.size());
      if (offset == piece.end()) {
        if (auto done = piece_done(given, piece); !done) return done;
      }
    } else {
      offset += static_cast<std::int64_t>(part.size());
    }
    bytes.remove_prefix(part.size());
  }
  return {};
}

Result<Download::Try> Download::attempt(Web& web, const Assignment& given, std::int64_t from,
                                        std::int64_t to) {
  using Kind = Try::Kind;
  const auto& file = given.job->file;
  const bool ranged = !given.stream && (from > 0 || to < file.size);
  WebRequest request{.url = file_url(hub_, settings_.source, commit_, file.path), .token = hub_.token};
  bool remembered = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!given.job->location.empty()) {
      request.url = given.job->location;
      request.token.clear();
      remembered = true;
    }
  }
  const auto asked = request.url;
  if (ranged) {
    request.first = from;
    request.last = to - 1;
  }
  Try made;
  std::optional<Error> fatal;
  const auto wrong_length = [&](std::string why) {
    made.kind = Kind::kWrongLength;
    made.why = {.code = Code::kMalformed, .message = std::move(why)};
    return false;
  };
  request.on_head = [&](const Head& head) {
    if (!head.content_encoding.empty() && head.content_encoding != "identity") {
      fatal = Error{.code = Code::kMalformed,
                    .message = fmt::format("{}: the server answers compressed ({}), which nobody asked for",
                                           shown(file.path), shown(head.content_encoding))};
      return false;
    }
    if (head.status == 206) {
      const auto range = parse_content_range(head.content_range);
      if (range && range->total && *range->total != file.size)
        return wrong_length(
            fmt::format("the server has {} bytes, and the list of files says {}", *range->total, file.size));
      if (!ranged || !range || range->first != from || range->last >= to) {
        fatal = Error{.code = Code::kMalformed,
                      .message = fmt::format("{}: asked for bytes {} to {}, and the server answers \"{}\"",
                                             shown(file.path), from, to - 1, shown(head.content_range))};
        return false;
      }
      return true;
    }
    if (ranged) {
      made.kind = Kind::kIgnoresRange;
      return false;
    }
    if (head.content_length && *head.content_length != file.size)
      return wrong_length(fmt::format("the server sends {} bytes, and the list of files says {}",
                                      *head.content_length, file.size));
    return true;
  };
  request.on_bytes = [&](std::string_view bytes) {
    const auto count = static_cast<std::int64_t>(bytes.size());
    if (made.got + count > to - from)
      return wrong_length(fmt::format("more than the {} bytes come that the list of files says", file.size));
    if (auto written = take_in(given, from + made.got, bytes); !written) {
      fatal = written.error();
      return false;
    }
    made.got += count;
    {
      const std::scoped_lock lock(mutex_);
      progress_.downloaded += count;
    }
    const auto wait = rate_.wait_after(count, std::chrono::steady_clock::now());
    return wait.count() <= 0 || pauses_.wait(std::chrono::ceil<std::chrono::milliseconds>(wait));
  };

  const auto answer = get_following(web, request);
  if (fatal) return fail(std::move(*fatal));
  if (!answer) {
    if (!may_pass(answer.error().code))
      return fail(within(fmt::format("fetch {}", shown(file.path)), answer.error()));
    made.why = answer.error();
    return made;
  }
  const auto& head = answer->head;
  if (head.status == 200 || head.status == 206) {
    if (made.kind != Kind::kCut) return made;
    made.why = {.code = Code::kUnavailable, .message = "the answer ended before its end"};
    if (made.got == to - from) made.kind = Kind::kWhole;
    const std::scoped_lock lock(mutex_);
    // Signed for a host that was named; ours is asked for each piece again only where it answers itself.
    if (request.url != asked && request.token.empty()) given.job->location = request.url;
    return made;
  }
  const bool elsewhere =
      request.token.empty() && request.url != file_url(hub_, settings_.source, commit_, file.path);
  if (elsewhere && (head.status == 401 || head.status == 403 || head.status == 404 || head.status == 410)) {
    const std::scoped_lock lock(mutex_);
    if (given.job->location == asked) given.job->location.clear();
    made.kind = remembered ? Kind::kExpired : Kind::kCut;
    made.why = {.code = Code::kUnavailable,
                .message = fmt::format("where the server sends us answers with status {}", head.status)};
    return made;
  }
  if (head.status == 416) {
    wrong_length(
        fmt::format("the server has fewer than the {} bytes that the list of files says", file.size));
    return made;
  }
  auto refused = refusal(settings_.source, fmt::format("fetch {}", shown(file.path)),
                         {.status = head.status,
                          .error_code = head.error_code,
                          .retry_after_seconds = retry_after(head.retry_after),
                          .had_token = !hub_.token.empty()});
  if (!may_pass(refused.code)) return fail(std::move(refused));
  made.why = std::move(refused);
  return made;
}

Status Download::pause(int failed, const Error& why) {
  if (failed >= kMostTries) return fail(within(fmt::format("tried {} times in a row", failed), why));
  pauses_.wait(
      pause_after(failed, std::chrono::milliseconds(settings_.first_pause_ms), why.retry_after_seconds));
  return {};
}

Status Download::do_piece(Web& web, const Assignment& given) {
  using Kind = Try::Kind;
  auto at = given.piece->offset;
  for (int failed = 0; !pauses_.stopped();) {
    const auto made = attempt(web, given, at, given.piece->end());
    if (!made) return fail(made.error());
    at += made->got;
    if (made->kind == Kind::kWhole) return piece_done(given, *given.piece);
    if (made->kind == Kind::kWrongLength) return throw_away(given, made->why.message);
    if (made->kind == Kind::kIgnoresRange) {
      {
        const std::scoped_lock lock(mutex_);
        given.job->ignores_range = true;
      }
      give_back(given);
      return {};
    }
    if (made->got >= kCountsAsProgress) failed = 0;
    ++failed;
    if (made->kind == Kind::kExpired && failed < kMostTries) continue;
    if (auto waited = pause(failed, made->why); !waited)
      return fail(within(fmt::format("fetch {}", shown(given.job->file.path)), waited.error()));
  }
  give_back(given);
  return {};
}

Status Download::do_stream(Web& web, const Assignment& given) {
  using Kind = Try::Kind;
  for (int failed = 0; !pauses_.stopped();) {
    const auto done_bytes = [&] {
      const std::scoped_lock lock(mutex_);
      return given.partial->pieces().done_bytes();
    };
    const auto before = done_bytes();
    const auto made = attempt(web, given, 0, given.job->file.size);
    if (!made) return fail(made.error());
    if (made->kind == Kind::kWhole) return {};
    if (made->kind == Kind::kWrongLength) return throw_away(given, made->why.message);
    if (done_bytes() > before) failed = 0;
    ++failed;
    if (made->kind == Kind::kExpired && failed < kMostTries) continue;
    if (auto waited = pause(failed, made->why); !waited)
      return fail(within(fmt::format("fetch {}", shown(given.job->file.path)), waited.error()));
  }
  return {};
}

}  // namespace berth::modelcache
