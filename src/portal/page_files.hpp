// The web page's files, carried in the program: compressed when it was built, told apart by content, and
// under a policy that runs nothing from anywhere else.
#pragma once

#include <map>
#include <span>
#include <string>

#include "base/embedded.hpp"
#include "http/http.hpp"

namespace berth::portal {

class PageFiles {
 public:
  /// Files by path; `x.gz` beside `x` is the same file compressed. None at all: the portal has no page.
  explicit PageFiles(std::span<const base::EmbeddedFile> files);

  /// True for what the page answers: any GET or HEAD that is no address of the API or of operations. An
  /// address that is no file's is the page itself, which finds its way by the address; but under /assets/ it
  /// is a 404.
  bool answers(const http::Request& request) const;
  http::Response answer(const http::Request& request) const;

 private:
  struct File {
    std::string_view bytes;
    std::string_view compressed;  // empty: not worth it
    std::string_view type;
    std::string tag;  // of the bytes, without quotes
  };
  const File* find(std::string_view path) const;

  std::map<std::string, File, std::less<>> files_;  // by path with a leading '/'
};

}  // namespace berth::portal
