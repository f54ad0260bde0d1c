#include "cli/wishing.hpp"

#include <fmt/format.h>

#include <iostream>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "cli/conversation.hpp"
#include "cli/output.hpp"
#include "cli/workspace.hpp"

namespace berth::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{20'000};
/// Ends are on steps of the pool's, which are not known here: a portal rounds up to the next one.
constexpr minutes kUnrounded{1};
constexpr std::size_t kShortestIdBytes = 4;

bool is_length(const std::string& ref) {
  return parse_length(ref.starts_with("+") ? ref.substr(1) : ref).has_value();
}

bool is_own(const std::string& ref, const SessionFacts& facts) {
  return ref == facts.name || (ref.size() >= kShortestIdBytes && facts.reservation.starts_with(ref));
}

json::value as_reservation(const SessionFacts& facts) {
  return json::object{{"id", facts.reservation},
                      {"name", facts.name},
                      {"version", 0},
                      {"state", "ACTIVE"},
                      {"start", format_rfc3339(facts.start)},
                      {"end", format_rfc3339(facts.end)}};
}

int complain(const Error& error) {
  return Conversation::complain(error);
}

/// Somebody signed in may mean any reservation of theirs by its name.
bool is_for_the_portal(const std::string& ref, const SessionFacts& facts) {
  if (ref.empty() || is_length(ref) || is_own(ref, facts)) return false;
  const auto account = load_account();
  return account && account->has_value();
}

int tell(const Workspace& workspace, const Wished& wished, SessionFacts facts, Instant until,
         const said::Answer& answer, Instant now) {
  if (!answer.granted) {
    if (wished.output == "json") {
      std::cout << said::to_text(answer) << '\n';
    } else {
      std::cerr << refusal_text(answer, now);
    }
    return kConflict;
  }
  if (const auto more = more_than_wished(until, facts, answer.end)) std::cerr << "berth: " << *more << '\n';
  facts.end = answer.end;
  if (wished.output == "json") {
    std::cout << json_text(here_json(facts, workspace.quota(facts), now)) << '\n';
  } else {
    std::cout << facts_text(facts, now);
  }
  return kOk;
}

}  // namespace

Result<Instant> wished_end(const std::string& ref, const TypedExtension& typed, const SessionFacts& facts,
                           Instant now) {
  auto meant = typed;
  if (is_length(ref) && !is_own(ref, facts)) {
    if (!typed.by.empty() || !typed.until.empty())
      return fail(Code::kInvalid, fmt::format("\"{}\" and --by or --until both say how long", ref));
    meant.by = ref;
  } else if (!ref.empty() && !is_own(ref, facts)) {
    return fail(
        Code::kInvalid,
        fmt::format("inside a workspace its own reservation alone can be extended: berth extend 1h; {} is "
                    "not it",
                    shown(ref)));
  }
  if (meant.most || (meant.by.empty() && meant.until.empty())) {
    return fail(
        Code::kInvalid,
        "inside a workspace say how long it is to go on: berth extend 1h, or berth extend --until 18:00");
  }
  const auto body = extension_of(meant, as_reservation(facts), {.now = now}, kUnrounded);
  if (!body) return fail(body.error());
  const json::value fields = *body;
  if (const auto by = find_int(fields, {"minutes"})) return facts.end + minutes(*by);
  return parse_rfc3339(string_at(fields, {"end"}));
}

std::optional<std::string> more_than_wished(Instant wished, const SessionFacts& before, Instant end) {
  const json::object body{{"minutes", std::chrono::ceil<minutes>(wished - before.end).count()}};
  return longer_extension(body, as_reservation(before), format_rfc3339(end));
}

std::string refusal_text(const said::Answer& answer, Instant now) {
  auto text = fmt::format("berth: {}\n", with_local_times(plain(answer.message), now));
  if (answer.limit.empty() && !answer.furthest) return text;
  json::object furthest{{"end", nullptr}, {"message", answer.limit}};
  if (answer.furthest) furthest["end"] = format_rfc3339(*answer.furthest);
  return text + furthest_text(json::object{{"furthest", std::move(furthest)}},
                              json::object{{"end", format_rfc3339(answer.end)}}, now);
}

std::optional<int> extend_from_inside(const Wished& wished) {
  const auto workspace = Workspace::here();
  if (!workspace) return std::nullopt;
  const auto facts = workspace->facts();
  if (!facts) return complain(facts.error());
  if (is_for_the_portal(wished.ref, *facts)) return std::nullopt;
  show_times_of(facts->time_zone);
  const auto now = SystemClock().now();
  const auto until = wished_end(wished.ref, wished.typed, *facts, now);
  if (!until) {
    complain(until.error());
    return kUsage;
  }
  if (wished.dry_run) {
    std::cerr
        << "berth: a dry run has to be asked of the portal, and inside a workspace there is no way to it\n";
    return kUsage;
  }
  SystemRandom random;
  const auto answer = workspace->wish({random_uuid(random), *until}, kPatience);
  if (!answer) {
    complain(answer.error());
    return answer.error().code == Code::kTimeout ? kUnreachable : exit_code_of(answer.error());
  }
  return tell(*workspace, wished, *facts, *until, *answer, SystemClock().now());
}

}  // namespace berth::cli
