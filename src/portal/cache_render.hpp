// The node cache as JSON.
#pragma once

#include "base/json.hpp"
#include "store/cache_catalogue.hpp"
#include "store/cache_nodes.hpp"

namespace berth::portal {

json::object render_cache_artifact(const store::CacheArtifact& artifact);
json::object render_cache_node(const store::CacheNodeRow& node);
json::object render_cache_token(const store::CacheToken& token);

}  // namespace berth::portal
