#include <fmt/format.h>

#include "base/text.hpp"
#include "portal/audit_notes.hpp"
#include "portal/handlers.hpp"
#include "portal/problem.hpp"
#include "portal/render.hpp"
#include "store/audit.hpp"
#include "store/findings.hpp"
#include "store/status.hpp"

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
  return out.empty() ? "all" : out;
}

HandlerResult audit(Call& call) {
  if (auto allowed = need(call, model::Duty::kReadAudit); !allowed) return fail(allowed.error());
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  const auto text = [&](std::string_view name) {
    return std::string(call.request.query_value(name).value_or(""));
  };
  const store::AuditFilter filter{text("actor"), text("action"), text("object"), text("token")};
  // Who looks at what others did is seen too, and sees nothing where that cannot be written down.
  if (auto noted =
          call.services.notes.note(call.db, call.author(), {"audit.read", "audit", asked_for(filter), "done"},
                                   call.services.clock.now());
      !noted) {
    return fail(noted.error());
  }
  auto found = store::list_audit(call.db, filter, *page);
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
