#include "planning/devices.hpp"
#include "planning/steps/table.hpp"

namespace berth::planning {

/// Free, or moved to units that are.
Standing judge_device_free(const View& view) {
  if (view.layout_is_coming) return waiting(view.layout_wait);
  auto in_the_way =
      view.layout_wait.empty()
          ? device_trouble(view.wanted.booked, view.wanted.session.namespace_name, view.observed)
          : std::optional(view.layout_wait);
  if (!in_the_way) return done();
  auto move = move_to_spare_units(view.wanted, view.laid_out, view.observed);
  if (!move) return waiting(std::move(*in_the_way));
  auto standing = waiting(move->reason);
  standing.effects.emplace_back(std::move(*move));
  return standing;
}

}  // namespace berth::planning
