#include <fmt/format.h>

#include "planning/apps.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

/// Every app answers; then its address is published.
Standing judge_ready(const View& view) {
  const auto& session = view.wanted.session;
  for (const auto& app : view.spec.apps) {
    const auto seen = see(app, session.namespace_name, view.observed);
    if (seen.pod == nullptr) return waiting(fmt::format("Waiting for the {}'s pod.", app.name));
    if (!seen.answers) return waiting(fmt::format("Waiting until the {} answers.", app.name));
  }
  auto standing = done();
  // Only when it is news: an effect that is repeated for ever would keep a reconciler that dies after each
  // one from ever reaching the next.
  auto endpoints = endpoints_of(view.spec);
  if (session.endpoints != endpoints) standing.effects.emplace_back(PublishEndpoints{std::move(endpoints)});
  return standing;
}

}  // namespace berth::planning
