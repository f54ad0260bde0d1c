// The situations whose plans are committed (golden/), one file a name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "planning/situation_for_test.hpp"

namespace berth::planning {

struct Told {
  std::string name;
  std::function<Situation()> situation;
};

std::vector<Told> situations();
/// And with layouts that were ordered.
std::vector<Told> layout_situations();

}  // namespace berth::planning
