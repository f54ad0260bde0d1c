// One thread's means: its own connection to the database and to the cluster.
#pragma once

#include <memory>

#include "reconciler/hands.hpp"
#include "store/control.hpp"

namespace berth::reconciler {

struct Worker {
  std::unique_ptr<store::Control> control;
  Hands hands;
};

}  // namespace berth::reconciler
