#include "planning/steps/table.hpp"

#include <iterator>

namespace berth::planning {

std::vector<manifests::Object> all_objects(const manifests::SessionSpec& spec) {
  std::vector<manifests::Object> all;
  for (const auto& step : kStartSteps) {
    auto objects = step.objects(spec);
    all.insert(all.end(), std::make_move_iterator(objects.begin()), std::make_move_iterator(objects.end()));
  }
  return all;
}

}  // namespace berth::planning
