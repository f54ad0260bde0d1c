#include "portal/page_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "portal/repeated.hpp"

namespace berth::portal {
namespace {

constexpr std::string_view kIndex = "/index.html";
constexpr std::string_view kAssets = "/assets/";
constexpr std::string_view kCompressed = ".gz";
// Addresses that never are the page's, so that a mistyped one is a 404 and not a page.
constexpr std::array<std::string_view, 4> kNotThePages{"/api", "/healthz", "/readyz", "/metrics"};

// The name of an asset changes with its content; everything else is asked for again each time.
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
constexpr std::string_view kAskAgain = "no-cache";

// 'wasm-unsafe-eval' lets the page compile WebAssembly (the token economics), which it may only fetch from
// here; it allows no eval of text.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view path) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kTypes{{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".json", "application/json"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace

PageFiles::PageFiles(std::span<const base::EmbeddedFile> files) {
  for (const auto& file : files) {
    if (file.path.ends_with(kCompressed)) continue;
    files_.emplace(fmt::format("/{}", file.path),
                   File{file.bytes, {}, type_of(file.path), tag_of(file.bytes)});
  }
  for (const auto& file : files) {
    if (!file.path.ends_with(kCompressed)) continue;
    const auto plain =
        files_.find(fmt::format("/{}", file.path.substr(0, file.path.size() - kCompressed.size())));
    if (plain != files_.end()) plain->second.compressed = file.bytes;
  }
}

const PageFiles::File* PageFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

bool PageFiles::answers(const http::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") return false;
  if (find(kIndex) == nullptr) return false;
  const auto is_under = [&](std::string_view root) {
    return request.path == root || (request.path.starts_with(root) && request.path[root.size()] == '/');
  };
  if (std::any_of(kNotThePages.begin(), kNotThePages.end(), is_under)) return false;
  return !request.path.starts_with(kAssets) || find(request.path) != nullptr;
}

http::Response PageFiles::answer(const http::Request& request) const {
  const auto* file = find(request.path);
  if (file == nullptr) file = find(kIndex);
  http::Response response;
  const bool compressed =
      !file->compressed.empty() && takes_gzip(request.header("Accept-Encoding").value_or(""));
  const auto tag = fmt::format("\"{}{}\"", file->tag, compressed ? "-gz" : "");
  response.headers = {
      {"Content-Type", std::string(file->type)},
      {"Cache-Control", std::string(request.path.starts_with(kAssets) ? kForEver : kAskAgain)},
      {"ETag", tag},
      {"Vary", "Accept-Encoding"},
      {"Content-Security-Policy", std::string(kPolicy)},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Referrer-Policy", "same-origin"},
  };
  if (has_already(request, tag)) {
    response.status = 304;
    return response;
  }
  if (compressed) response.headers.emplace_back("Content-Encoding", "gzip");
  response.shared_body = compressed ? file->compressed : file->bytes;  // carried in the program
  return response;
}

}  // namespace berth::portal
