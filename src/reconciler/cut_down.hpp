// What is kept in memory of an object that is watched.
#pragma once

#include <string_view>

#include "base/json.hpp"

namespace berth::reconciler {

/// Takes out of an object of the API what no cycle asks for. Most are small and stay as they are; those that
/// somebody else can make large keep only
///   - ConfigMaps and Secrets: what fences a session, their values as manifests::kept_value has them, so that
///     `matches` still finds what drifted; of all others only the metadata;
///   - pods: what digest_pod reads;
///   - nodes: no list of the images that lie on them.
void cut_down(std::string_view plural, json::value& object);

/// Of what a workspace says: who says it and the one key that is read, where it is no longer than a wish.
void cut_down_said(json::value& object);

}  // namespace berth::reconciler
