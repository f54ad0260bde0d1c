// What is wrong with the files by which the GPU operator cuts and shares cards, whoever wrote them. Stricter
// than the programs that read them: the device plugin passes over a word that it does not know, and a safety
// that is misspelt is off.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"

namespace berth::layout {

/// A mig-parted configuration ("version", "mig-configs"): its form, and that every entry goes onto a card
/// that it can mean: one of its filter's ids, or any that is known.
std::vector<FieldError> judge_mig_config(const json::value& config);

/// One named configuration of the device plugin: its form; sharing that fails requests for more than one;
/// each resource once, by a name of NVIDIA's and with two replicas or more.
std::vector<FieldError> judge_plugin_config(const json::value& config);

}  // namespace berth::layout
