#include "cli/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/percent.hpp"
#include "base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/completion.hpp"
#include "cli/conversation.hpp"
#include "cli/guess.hpp"
#include "cli/output.hpp"
#include "cli/people_text.hpp"
#include "cli/range.hpp"
#include "cli/site_text.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kShownReservations = 10;
constexpr std::size_t kMostReservations = 500;  // counted, not shown
constexpr std::size_t kMostFindings = 1'000;    // counted

struct Listed {
  int limit = 50;
  bool all = false;
};

struct AuditOptions : Listed {
  std::string person;
  std::string kind;
  std::string action;
  std::string object;
  std::string token;
  std::string from;
  std::string to;
};

}  // namespace

struct SiteCommands::State : Conversation {
  explicit State(CLI::App& app) : table(app) {
    with_output(
        table.add("whoami", "Who is signed in, where, and until when", [this] { return do_whoami(); }));
    with_output(table.add("status",
                          "The platform at a glance: what is free, what you have, whether all of it runs",
                          [this] { return do_status(); }));
    auto* made = table.add("findings", "What was found in the clusters and is not Berth's (admin)",
                           [this] { return do_findings(); });
    with_limit(made, findings, "At most so many, the newest");
    with_output(made);
    add_audit();
  }

  void add_audit() {
    auto* made =
        table.add("audit", "Who changed what, the newest first (admin)", [this] { return do_audit(); });
    made->add_option("--person", audit.person, "Only what this person did, by e-mail address");
    made->add_option("--kind", audit.kind,
                     "Only objects of this kind: reservation, session, pool, cluster ...");
    made->add_option("--action", audit.action, "Only this, e.g. reservation.extended");
    made->add_option("--object", audit.object,
                     "Only about this: its id, or a reservation's name or short id");
    made->add_option("--token", audit.token,
                     "Only what was done with this API token: its id, or the name of one of yours");
    made->add_option("--from", audit.from,
                     "From this time on: yesterday, mon (the last one), 09:00, a date or RFC 3339");
    made->add_option("--to", audit.to, "Before this time");
    with_limit(made, audit, "At most so many, the newest");
    with_output(made);
  }

  static void with_limit(CLI::App* made, Listed& listed, const char* what) {
    auto* all = made->add_flag("--all", listed.all, "All of them");
    made->add_option("--limit", listed.limit, what)
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str()
        ->excludes(all);
  }
  void with_output(CLI::App* made) {
    made->add_option("-o,--output", output, "table or json")->check(CLI::IsMember({"table", "json"}));
  }

  // --- What they do ---

  /// Its row among one's tokens; null where it is not told.
  json::value own_token() {
    const auto tokens = look("/tokens?limit=500");
    if (!tokens) return nullptr;
    for (const auto& token : tokens->at("items").as_array()) {
      if (client->account().token.starts_with(string_at(token, {"prefix"})) &&
          token.at("revoked_at").is_null())
        return token;
    }
    return nullptr;
  }

  /// A good answer or nothing: what is asked here is not what the command is about.
  std::optional<json::value> look(const std::string& path) {
    auto answer = client->send({.method = "GET", .path = path});
    if (!answer || answer->status != 200) return std::nullopt;
    return std::move(answer->body);
  }

  int do_whoami() {
    int code = kOk;
    const auto me = ask({.method = "GET", .path = "/auth/me"}, code);
    if (!me) return code;
    const auto token = own_token();
    const auto& server = client->account().server;
    const json::value whole{{"user", me->at("user")}, {"server", server}, {"token", token}};
    return show(whole, whoami_text(*me, server, token, server_now));
  }

  std::optional<json::array> pools_now(int& code) {
    const auto pools = ask({.method = "GET", .path = "/pools"}, code);
    if (!pools) return std::nullopt;
    json::array out;
    const auto from = std::chrono::floor<seconds>(server_now);
    for (const auto& pool : pools->at("items").as_array()) {
      const auto name = string_at(pool, {"name"});
      const auto found =
          ask({.method = "GET",
               .path = fmt::format("/availability?pool={}&from={}&to={}", percent_encoded(name),
                                   format_rfc3339(from), format_rfc3339(from + minutes(1)))},
              code);
      if (!found) return std::nullopt;
      out.push_back(json::object{{"name", name}, {"device_classes", units_now(*found)}});
    }
    return out;
  }

  /// What the sweep found, as a number; null for who may not read it.
  json::value count_findings(const json::value& me) {
    if (string_at(me, {"user", "role"}) != "admin") return nullptr;
    std::size_t count = 0;
    for (std::string cursor;;) {
      const auto page = look("/findings?limit=500" + cursor);
      if (!page) return nullptr;  // a token without the scope
      count += page->at("items").as_array().size();
      const auto next = string_at(*page, {"next"});
      if (next.empty() || count >= kMostFindings) {
        return json::object{{"count", count}, {"more", !next.empty()}};
      }
      cursor = "&cursor=" + percent_encoded(next);
    }
  }

  int do_status() {
    int code = kOk;
    const auto me = ask({.method = "GET", .path = "/auth/me"}, code);
    if (!me) return code;
    const auto platform = ask({.method = "GET", .path = "/status"}, code);
    if (!platform) return code;
    auto pools = pools_now(code);
    if (!pools) return code;
    auto own = ask_all("/reservations?mine=true&sort=start&limit=100&state=APPROVED,ACTIVE", code,
                       kMostReservations);
    if (!own) return code;
    const auto more = own->size() - std::min(own->size(), kShownReservations);
    own->resize(own->size() - more);
    const json::value whole{{"server", client->account().server},
                            {"version", platform->at("version")},
                            {"server_time", platform->at("server_time")},
                            {"user", me->at("user")},
                            {"controllers", platform->at("controllers")},
                            {"findings", count_findings(*me)},
                            {"pools", std::move(*pools)},
                            {"reservations", std::move(*own)},
                            {"more_reservations", more}};
    return show(whole, status_text(whole, server_now));
  }

  /// Pages as one, up to as many as are wanted, and whether there are more.
  std::optional<json::value> list(const std::string& path, const Listed& listed, int& code) {
    const auto most = listed.all ? SIZE_MAX : static_cast<std::size_t>(listed.limit);
    auto items = ask_all(path, code, listed.all ? SIZE_MAX : most + 1);
    if (!items) return std::nullopt;
    const bool more = items->size() > most;
    if (more) items->resize(most);
    return json::object{{"items", std::move(*items)}, {"more", more}};
  }

  static int at_once(const Listed& listed) {
    constexpr int kMostOfAPage = 500;
    return listed.all ? kMostOfAPage : std::min(listed.limit + 1, kMostOfAPage);
  }

  int do_findings() {
    int code = kOk;
    const auto page = list(fmt::format("/findings?limit={}", at_once(findings)), findings, code);
    return page ? show(*page, findings_text(*page, server_now)) : code;
  }

  /// That the log never had what was asked for, and what may have been meant. Empty where it had.
  std::optional<std::string> never_had(const char* name, const char* field, const std::string& typed,
                                       int& code) {
    const auto any = ask_all(fmt::format("/audit?limit=1&{}={}", name, percent_encoded(typed)), code, 1);
    if (!any || !any->empty()) return std::nullopt;
    constexpr std::size_t kMostOfAPage = 500;
    const auto newest = ask_all(fmt::format("/audit?limit={}", kMostOfAPage), code, kMostOfAPage);
    if (!newest) return std::nullopt;
    auto words = field == std::string_view("object_type") ? audit_kinds() : std::vector<std::string>();
    for (const auto& row : *newest) words.push_back(string_at(row, {field}));
    return fmt::format("the audit log never had the {} \"{}\"{}", name, shown(typed),
                       did_you_mean(typed, words));
  }

  /// Nothing was found: whether that is an answer. A kind that is none was a slip; which actions there are is
  /// the server's to know.
  int why_nothing() {
    int code = kOk;
    const auto kinds = audit_kinds();
    if (!audit.kind.empty() && std::ranges::find(kinds, audit.kind) == kinds.end()) {
      if (const auto slip = never_had("kind", "object_type", audit.kind, code))
        return complain({.code = Code::kInvalid, .message = *slip});
    }
    if (code == kOk && !audit.action.empty()) {
      if (const auto note = never_had("action", "action", audit.action, code))
        std::cerr << "berth: " << *note << '\n';
    }
    return code;
  }

  /// A token's name is known for one's own alone; anything else is asked for by its id.
  bool name_token(int& code) {
    if (audit.token.empty() || is_uuid(audit.token)) return true;
    const auto page = ask({.method = "GET", .path = "/tokens?limit=500"}, code);
    if (!page) return false;
    auto found = choose_token(audit.token, page->at("items").as_array());
    if (!found) {
      found.error().message +=
          " of yours; another's, or one that ended, is meant by its id (berth token list -o json)";
      const auto how = complain(found.error());
      code = found.error().code == Code::kNotFound ? kNotFound : how;
      return false;
    }
    audit.token = string_at(*found, {"id"});
    return true;
  }

  /// What the log calls so, or else a reservation of that name or short id.
  std::optional<json::value> about_object(const std::string& typed, int& code) {
    const auto ids = ask_all("/audit?limit=1&object=" + percent_encoded(typed), code, 1);
    if (!ids) return std::nullopt;
    const bool of_reservation = audit.kind.empty() || audit.kind == "reservation";
    if (!ids->empty() || is_uuid(typed) || !of_reservation) return json::object{{"id", typed}};
    return find_reservation(typed, code);
  }

  int do_audit() {
    if (int code = kOk; !name_token(code)) return code;
    if (!audit.object.empty()) {
      int code = kOk;
      const auto meant = about_object(audit.object, code);
      if (!meant) return code;
      audit.object = string_at(*meant, {"id"});
    }
    auto path = fmt::format("/audit?limit={}", at_once(audit));
    for (const auto& [name, typed] : {std::pair{"person", &audit.person},
                                      {"kind", &audit.kind},
                                      {"action", &audit.action},
                                      {"object", &audit.object},
                                      {"token", &audit.token}}) {
      if (!typed->empty()) path += fmt::format("&{}={}", name, percent_encoded(*typed));
    }
    const auto range = parse_range(audit.from, audit.to, {.now = server_now, .back = true});
    if (!range) return complain(range.error());
    for (const auto& [name, at] : {std::pair{"from", range->from}, {"to", range->to}}) {
      if (at) path += fmt::format("&{}={}", name, percent_encoded(format_rfc3339(*at)));
    }
    int code = kOk;
    const auto page = list(path, audit, code);
    if (page && page->at("items").as_array().empty()) {
      if (const auto why = why_nothing(); why != kOk) return why;
    }
    return page ? show(*page, audit_text(*page, server_now)) : code;
  }

  CommandTable table;
  Listed findings;
  AuditOptions audit;
};

SiteCommands::SiteCommands(CLI::App& app) : state_(std::make_unique<State>(app)) {}
SiteCommands::~SiteCommands() = default;

std::optional<int> SiteCommands::run() const {
  return state_->table.run();
}

}  // namespace berth::cli
