// What a browser sees at the URL of a simulated workspace: a page that says what it is, and how to get a real
// one.
#pragma once

#include <string>
#include <string_view>

#include "simcluster/world.hpp"

namespace berth::simcluster {

struct Page {
  int status = 200;
  std::string html;
};

/// The page for a Host header: 404 when no Route or Ingress has that host, 503 while nothing behind it is
/// Ready.
Page page_for(const World& world, std::string_view host);

/// Forbids everything but the page's own style; the hash is that of the style.
std::string content_security_policy();

/// & < > " ' as entities.
std::string escape_html(std::string_view text);

}  // namespace berth::simcluster
