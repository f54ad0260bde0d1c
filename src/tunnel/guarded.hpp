// What one connection throws ends that connection. Internal to this module.
#pragma once

#include <exception>
#include <memory>
#include <utility>

namespace berth::tunnel {

/// `run` as a handler that keeps `self` alive: what it throws goes to `self->broken()` and no further. Else
/// it would reach the loop that carries everybody, and the connection would stay, half of it waiting for
/// nothing.
template <class Self, class Run>
auto guarded(std::shared_ptr<Self> self, Run run) {
  return [self = std::move(self), run = std::move(run)](auto&&... told) mutable -> void {
    try {
      run(std::forward<decltype(told)>(told)...);
    } catch (const std::exception&) {
      self->broken();
    }
  };
}

}  // namespace berth::tunnel
