#include "kube/exec_plugin.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "base/descriptor.hpp"
#include "kube/retry.hpp"

extern char** environ;

namespace berth::kube {

namespace {

constexpr std::chrono::seconds kDeadline{30};
constexpr std::chrono::milliseconds kLook{50};  // how often a stop and the child's end are looked for
constexpr std::size_t kMaxOutputBytes = 1024U * 1024;

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// A child process of its own group, killed and waited for whatever happens.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  /// The wait status, once it has ended.
  std::optional<int> ended() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

std::string exec_info(const ExecPlugin& plugin) {
  json::object spec{{"interactive", false}};
  if (plugin.provide_cluster_info) spec["cluster"] = plugin.cluster_info;
  return json::serialize(json::object{
      {"apiVersion", plugin.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}});
}

/// What is Berth's own, or its database's: a plugin is another's program, and asks another for its
/// credential.
bool is_ours(std::string_view name) {
  return name.starts_with("BERTH_") || name == "PGPASSWORD" || name == "PGPASSFILE";
}

std::vector<std::string> child_environment(const ExecPlugin& plugin) {
  std::vector<std::pair<std::string, std::string>> own = plugin.env;
  own.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin));
  std::vector<std::string> lines;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const auto name = line.substr(0, line.find('='));
    const auto replaced = [&](const auto& pair) { return pair.first == name; };
    if (!is_ours(name) && std::ranges::none_of(own, replaced)) lines.emplace_back(line);
  }
  for (const auto& [name, value] : own) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::string hint(const ExecPlugin& plugin) {
  return plugin.install_hint.empty() ? std::string() : " (" + plugin.install_hint + ")";
}

Result<pid_t> spawn(const ExecPlugin& plugin, int output) {
  FileActions actions;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(actions.get(), output, STDOUT_FILENO);
  // What it says on standard error may hold secrets and would break our log lines.
  posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes{};
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  auto arguments = plugin.args;
  arguments.insert(arguments.begin(), plugin.command);
  auto variables = child_environment(plugin);
  const auto argv = pointers_to(arguments);
  const auto envp = pointers_to(variables);
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, plugin.command.c_str(), actions.get(), &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return fail(Code::kUnauthenticated,
                fmt::format("the credential plugin {} cannot be started: {}{}", plugin.command,
                            std::generic_category().message(error), hint(plugin)));
  }
  return pid;
}

Result<std::string> collect(const ExecPlugin& plugin, const std::stop_token& stop) {
  Descriptor read_end;
  Descriptor write_end;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Code::kInternal, "no pipe for a credential plugin");
  *read_end.slot() = ends[0];
  *write_end.slot() = ends[1];
  const auto pid = spawn(plugin, write_end.get());
  if (!pid) return fail(pid.error());
  Child child(*pid);
  write_end.close();

  std::string output;
  bool open = true;
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (true) {
    if (stop.stop_requested()) return fail(stopped_error());
    if (std::chrono::steady_clock::now() >= deadline) {
      return fail(Code::kTimeout, fmt::format("the credential plugin {} did not end within {} s",
                                              plugin.command, kDeadline.count()));
    }
    if (open) {
      pollfd waiting{.fd = read_end.get(), .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, static_cast<int>(kLook.count())) <= 0) continue;
      char buffer[4096];
      const auto count = ::read(read_end.get(), buffer, sizeof buffer);
      if (count > 0)
        output.append(buffer, static_cast<std::size_t>(count));
      else
        open = false;
      if (output.size() > kMaxOutputBytes) {
        return fail(Code::kTooLarge, fmt::format("the credential plugin {} printed more than {} bytes",
                                                 plugin.command, kMaxOutputBytes));
      }
      continue;
    }
    if (const auto status = child.ended()) {
      if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return output;
      return fail(Code::kUnauthenticated,
                  fmt::format("the credential plugin {} failed ({} {}); run it by hand to see why{}",
                              plugin.command, WIFEXITED(*status) ? "exit status" : "signal",
                              WIFEXITED(*status) ? WEXITSTATUS(*status) : WTERMSIG(*status), hint(plugin)));
    }
    sleep_for(kLook / 10, stop);
  }
}

}  // namespace

Result<PluginCredential> read_exec_credential(const ExecPlugin& plugin, std::string_view printed) {
  const auto bad = [&](std::string_view what) {
    return fail(Code::kUnauthenticated,
                fmt::format("the credential plugin {} printed {}", plugin.command, what));
  };
  const auto document = parse_json(printed);
  if (!document) return bad("something that is not JSON");
  if (string_at(*document, {"kind"}) != "ExecCredential") return bad("no ExecCredential");
  if (string_at(*document, {"apiVersion"}) != plugin.api_version)
    return bad("another apiVersion than asked for");
  PluginCredential given{.token = string_at(*document, {"status", "token"}),
                         .certificate_pem = string_at(*document, {"status", "clientCertificateData"}),
                         .key_pem = string_at(*document, {"status", "clientKeyData"}),
                         .expires = {}};
  if (given.certificate_pem.empty() != given.key_pem.empty())
    return bad("a certificate without key, or the reverse");
  if (given.token.empty() && given.certificate_pem.empty()) return bad("neither a token nor a certificate");
  if (const auto text = find_string(*document, {"status", "expirationTimestamp"})) {
    const auto expires = parse_rfc3339(*text);
    if (!expires) return bad("an expirationTimestamp that is no time");
    given.expires = *expires;
  }
  return given;
}

Result<PluginCredential> run_exec_plugin(const ExecPlugin& plugin, const std::stop_token& stop) {
  const auto printed = collect(plugin, stop);
  if (!printed) return fail(printed.error());
  return read_exec_credential(plugin, *printed);
}

}  // namespace berth::kube
