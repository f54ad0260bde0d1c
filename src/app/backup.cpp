// `berth backup` and `berth restore`, by a CronJob or at an admin's terminal.
#include "app/backup.hpp"

#include <fmt/format.h>

#include <iostream>

#include "app/roles.hpp"
#include "backup/backup.hpp"
#include "backup/file.hpp"
#include "store/author.hpp"
#include "store/gate_keys.hpp"
#include "store/owner.hpp"
#include "store/standing.hpp"

namespace berth::app {
namespace {

constexpr std::chrono::minutes kIdleLimit{10};

pg::Settings settings_of(const std::string& url, std::string name) {
  pg::Settings settings;
  settings.conninfo = url;
  settings.application_name = std::move(name);
  // Between two statements a slow disk may be written or read.
  settings.idle_in_transaction_timeout = kIdleLimit;
  return settings;
}

Status need(std::string_view field, bool given, std::string_view what) {
  if (given) return {};
  return fail(invalid_field(std::string(field), "nothing", std::string(what),
                            fmt::format("{} is missing: {}", field, what)));
}

std::string audit_line(const backup::Loaded& loaded) {
  const auto all = fmt::format("the audit log is the one that was backed up, {} rows", loaded.audit_rows);
  if (loaded.unaudited == 0)
    return fmt::format("{}; each change of each of {} reservations has its row", all, loaded.reservations);
  return fmt::format("{}; of {} of {} reservations a change has no row, as was so before", all,
                     loaded.unaudited, loaded.reservations);
}

std::string_view compared(const std::string& wanted) {
  return wanted.empty() ? "" : ", as was given";
}

}  // namespace

Status run_backup(const BackupOptions& options) {
  if (auto given = need_database(options.database_url); !given) return given;
  if (auto given = need("--to", !options.to.empty(), "the folder for the backup"); !given) return given;
  if (auto given = need("--scratch-url (BERTH_BACKUP_SCRATCH_URL)", !options.scratch_url.empty(),
                        "an empty database to try the backup in, which stays empty");
      !given) {
    return given;
  }
  const auto key = backup::parse_public_key(options.public_key, "--public-key (BERTH_BACKUP_PUBLIC_KEY)");
  if (!key) return fail(key.error());
  SystemRandom random;
  const auto made = backup::make({.database = settings_of(options.database_url, "berth-backup"),
                                  .scratch = settings_of(options.scratch_url, "berth-backup-trial"),
                                  .key = *key,
                                  .folder = options.to,
                                  .keep = options.keep,
                                  .program = BERTH_VERSION},
                                 random);
  if (!made) return fail(made.error());
  std::cout << fmt::format(
      "{}\n{} bytes, sha256 {}, sealed to the key {}\nof {}: {} rows in {} tables, {} live sessions\n"
      "read back, restored and compared row by row; {}\n"
      "not tried: whether somebody still has the private half of the key (berth backup verify does)\n",
      made->file.string(), made->bytes, made->sha256, backup::fingerprint(*key),
      format_rfc3339(made->tried.head.taken_at), made->tried.sums.rows(), made->tried.sums.tables.size(),
      made->tried.live_sessions, audit_line(made->tried));
  for (const auto& name : made->removed) std::cout << fmt::format("removed {}\n", name);
  for (const auto& name : made->ahead) {
    std::cerr << fmt::format(
        "warning: {} has a name later than this backup's: some clock was wrong; it is not counted among "
        "those "
        "that are kept, and stays until somebody removes it\n",
        name);
  }
  return {};
}

Status run_backup_key(const std::filesystem::path& file) {
  SystemRandom random;
  const auto key = backup::make_key_file(file, random);
  if (!key) return fail(key.error());
  std::cout << backup::text_of(*key) << '\n';
  std::cerr << fmt::format(
      "The line above is for whoever makes backups (BACKUP_PUBLIC_KEY). {} alone opens them: keep it away "
      "from "
      "the cluster, and twice. Key {}.\n",
      file.string(), backup::fingerprint(*key));
  return {};
}

Status run_backup_verify(const BackupVerifyOptions& options) {
  const auto key = backup::read_key_file(options.key_file);
  if (!key) return fail(key.error());
  const auto hash = backup::hash_file(options.from, options.sha256);
  if (!hash) return fail(hash.error());
  const auto looked = backup::look(options.from, *key);
  if (!looked) return fail(looked.error());
  std::cout << fmt::format(
      "{}\nsha256 {}{}\nof installation {} at {}, by Berth {}, schema step {}, sealed to the key {}\n"
      "whole: {} rows in {} tables, as their sums say\n",
      options.from.string(), *hash, compared(options.sha256), looked->head.installation,
      format_rfc3339(looked->head.taken_at), looked->head.program, looked->head.steps.size(),
      backup::fingerprint(looked->key), looked->sums.rows(), looked->sums.tables.size());
  if (options.scratch_url.empty()) {
    std::cout << "not restored: --scratch-url names an empty database to do so in, which stays empty\n";
    return {};
  }
  const auto tried = backup::restore(
      options.from, *key, settings_of(options.scratch_url, "berth-backup-trial"), backup::Keep::kNothing);
  if (!tried) return fail(tried.error());
  std::cout << fmt::format("restored and compared row by row; {}\n", audit_line(*tried));
  return {};
}

Status run_restore(const RestoreOptions& options) {
  if (auto given = need_database(options.database_url); !given) return given;
  const auto key = backup::read_key_file(options.key_file);
  if (!key) return fail(key.error());
  const auto hash = backup::hash_file(options.from, options.sha256);
  if (!hash) return fail(hash.error());
  const auto settings = settings_of(options.database_url, "berth-restore");
  const auto loaded = backup::restore(options.from, *key, settings, backup::Keep::kAll);
  if (!loaded) return fail(loaded.error());
  std::cout << fmt::format(
      "{}\nsha256 {}{}\nrestored what was at {}: {} rows in {} tables, {} reservations, {} live "
      "sessions\n{}\n",
      options.from.string(), *hash, compared(options.sha256), format_rfc3339(loaded->head.taken_at),
      loaded->sums.rows(), loaded->sums.tables.size(), loaded->reservations, loaded->live_sessions,
      audit_line(*loaded));
  for (const auto& step : loaded->migrated) std::cout << fmt::format("applied {}\n", step);
  std::cout
      << "everybody has to sign in anew; what began in the cluster since then is left alone and told as a "
         "finding\n";
  auto connection = pg::Connection::connect(settings);
  if (!connection) return fail(within("look at what an admin has to do", connection.error()));
  // So that gates know it before the first ticket of the portal that comes.
  SystemRandom random;
  if (const auto made = store::signing_key(*connection, random, store::owner_author()); !made)
    return fail(made.error());
  const auto left = store::tie_up(*connection);
  if (!left) return fail(left.error());
  for (const auto& note : *left) std::cerr << fmt::format("note: {}\n", note);
  const auto no_backups = store::no_backups_yet(*connection);
  if (!no_backups) return fail(no_backups.error());
  if (*no_backups) std::cerr << fmt::format("note: {}\n", **no_backups);
  return {};
}

}  // namespace berth::app
