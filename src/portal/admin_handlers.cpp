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

HandlerResult audit(Call& call) {
  if (auto allowed = need(call, model::Duty::kReadAudit); !allowed) return fail(allowed.error());
  auto page = page_of(call.request);
  if (!page) return fail(page.error());
  const auto text = [&](std::string_view name) {
    return std::string(call.request.query_value(name).value_or(""));
  };
  auto found =
      store::list_audit(call.db, {text("actor"), text("action"), text("object"), text("token")}, *page);
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
