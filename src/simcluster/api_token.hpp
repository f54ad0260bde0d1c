// What somebody with a service account's token is and may ask.
#pragma once

#include <string>
#include <string_view>

#include "simcluster/api.hpp"

namespace berth::simcluster {

/// The namespace that the token's account is in; empty: it is nobody's.
std::string namespace_of_token(const World& world, std::string_view token);

/// What such an account may ask for, roles and bindings being no more than objects here: what is in its
/// namespace, and what is served.
bool may_ask(const ApiRequest& request, std::string_view ns);

}  // namespace berth::simcluster
