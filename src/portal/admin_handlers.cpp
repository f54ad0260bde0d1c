#include <fmt/format.h>

#include "base/text.hpp"
#include "portal/audit_notes.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/audit.hpp"
#include "store/findings.hpp"
#include "store/status.hpp"
#include "store/users.hpp"

namespace berth::portal {
namespace {

HandlerResult status(Call& call) {
  auto found = store::load_status(call.db);
  if (!found) return fail(found.error());
  return json_answer(200, render(*found, call.services.version));
}

HandlerResult findings(Call& call) {
  if (auto allowed = need(call, model::Duty::kReadFindings); !allowed) return fail(allowed.error());
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  auto found = store::list_findings(call.db, *page);
  if (!found) return fail(found.error());
  return json_answer(200, render_page(*found));
}

/// "actor=... action=...", or "all"; short, since it is kept.
std::string asked_for(const store::AuditFilter& filter) {
  std::string out;
  const auto part = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, shown(value));
  };
  part("actor", filter.actor);
  part("action", filter.action);
  part("object", filter.object);
  part("token", filter.token);
  part("kind", filter.kind);
  if (filter.from) part("from", format_rfc3339(*filter.from));
  if (filter.to) part("to", format_rfc3339(*filter.to));
  return out.empty() ? "all" : out;
}

/// "user:<id>" of who has that e-mail address. Nobody's is a slip, not an empty log.
Result<std::string> actor_of(Call& call, std::string_view email) {
  const auto account = store::find_account(call.db, in_lower_case(email));
  if (!account) return fail(account.error());
  if (account->has_value()) return store::author_of((*account)->user.id).actor;
  return fail(invalid_field("person", shown(email), "the e-mail address of an account",
                            fmt::format("There is no account {}.", shown(email))));
}

Result<store::AuditFilter> audit_filter(Call& call) {
  const auto text = [&](std::string_view name) {
    return std::string(call.request.query_value(name).value_or(""));
  };
  store::AuditFilter filter{
      text("actor"), text("action"), text("object"), text("token"), text("kind"), {}, {}};
  if (const auto person = text("person"); !person.empty()) {
    if (!filter.actor.empty())
      return fail(invalid_field("person", shown(person), "one of actor and person",
                                "Give actor or person, not both."));
    auto actor = actor_of(call, person);
    if (!actor) return fail(actor.error());
    filter.actor = std::move(*actor);
  }
  for (const auto& [name, into] : {std::pair{"from", &filter.from}, {"to", &filter.to}}) {
    const auto at = time_of(call.request, name);
    if (!at) return fail(at.error());
    *into = *at;
  }
  return filter;
}

HandlerResult audit(Call& call) {
  if (auto allowed = need(call, model::Duty::kReadAudit); !allowed) return fail(allowed.error());
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  const auto filter = audit_filter(call);
  if (!filter) return fail(filter.error());
  // Who looks at what others did is seen too, and sees nothing where that cannot be written down.
  if (auto noted = call.services.notes.note(call.db, call.author(),
                                            {"audit.read", "audit", asked_for(*filter), "done"},
                                            call.services.clock.now());
      !noted) {
    return fail(noted.error());
  }
  auto found = store::list_audit(call.db, *filter, *page);
  if (!found) return fail(found.error());
  return json_answer(200, render_page(*found));
}

}  // namespace

void add_admin_handlers(std::map<std::string, OperationHandler>& handlers) {
  handlers["status"] = status;
  handlers["listFindings"] = findings;
  handlers["listAudit"] = audit;
}

}  // namespace berth::portal
