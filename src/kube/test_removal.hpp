// What only tests take away: many objects at once.
#pragma once

#include "kube/kube.hpp"

namespace berth::kube {

/// Deletes one by one all that matches now; what is gone meanwhile is gone.
inline Status remove_all(Client& client, const Resource& resource, const ListQuery& query) {
  const auto listed = client.list(resource, query);
  if (!listed) return fail(listed.error());
  for (const auto& object : listed->items) {
    const auto removed = client.remove({resource, namespace_of(object), name_of(object)});
    if (!removed && removed.error().code != Code::kNotFound) return fail(removed.error());
  }
  return {};
}

}  // namespace berth::kube
