// Where an object that the cluster keeps differs from what was sent, for people to read.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"

namespace berth::reconciler {

/// The first place, in the order of what was sent, at which manifests::matches() finds a difference:
/// "spec.template.spec.containers[workspace].image is b instead of a". Values are short; with `secret` there
/// are none. Call it only where the two do not match.
std::string first_difference(const json::value& sent, const json::value& kept, bool secret);

/// The same, and the field manager that last wrote there, where the object tells one besides `our_manager`.
std::string first_difference_and_whose(const json::value& sent, const json::value& kept,
                                       std::string_view our_manager);

}  // namespace berth::reconciler
