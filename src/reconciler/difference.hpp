// Where an object that the cluster keeps differs from what was sent, for people to read.
#pragma once

#include <string>

#include "base/json.hpp"

namespace berth::reconciler {

/// The first place, in the order of what was sent, at which manifests::matches() finds a difference:
/// "spec.template.spec.containers[workspace].image is b instead of a". Values are short; with `secret` there
/// are none. Call it only where the two do not match.
std::string first_difference(const json::value& sent, const json::value& kept, bool secret);

}  // namespace berth::reconciler
