// What was used, by whom, and what it cost. Functions from values to values: claims, units' histories and an
// annual cost in, unit hours and money out.
//
// Every unit is at every instant one of five things: held (a claim lies there), out of service (not in
// service, or kept by lingering pods), blocked (in service, but a sibling on its device is held or kept),
// idle (none of these), or not there at all. Held comes first, as on the calendar: a unit that is taken out
// of service under a reservation is still that reservation's. All figures are sums over cells of one month,
// one such thing and one reservation or class, so that every grouping of them adds up to the same total.
//
// Unit time counts each unit. GPU time and money count each placement slot of a device once, however many
// layouts offer it: it is the holder's, else shared evenly by the units that lie over it and are not blocked.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/quantity.hpp"
#include "model/ids.hpp"
#include "model/pool.hpp"

namespace berth::usage {

/// Of every year, leap years too: a month of 720 hours costs the same whatever year it lies in, and the
/// twelve of a leap year cost 8784/8760 of the annual cost.
inline constexpr std::int64_t kHoursPerYear = 8'760;

// --- What is known ---

struct DeviceClass {
  model::ClassId id;
  std::string name;
  double gpu_share = 1.0;  // of a whole GPU; the weight of one of its unit hours
};

struct Reservation {
  model::ReservationId id;
  std::string name;
  model::UserId owner;
  std::string owner_email;
  std::optional<model::TeamId> team;
  std::string team_name;  // empty: none
  model::ClassId device_class;
  Window held;             // first start to last end of its claims, as booked or cut short
  bool visible = false;    // to whoever asks, as a row of its own
  MoneyMicros rate{};      // per unit and hour, as it was booked
  std::string currency{};  // of the rate
};

/// What a unit was for a time. Where there is no span it was not in the pool.
struct Span {
  Window during;
  model::ClassId device_class;
  bool in_service = true;
  model::DeviceId device{};
  model::PlacementRange placement{};
};

struct Claim {
  Window during;
  std::size_t reservation = 0;  // place in Facts::reservations
};

/// The three lists are each in the order of time; spans do not overlap each other, nor do claims.
struct Unit {
  std::vector<Span> spans;
  std::vector<Claim> claims;
  std::vector<Window> kept;  // cannot be booked although in service, nor can siblings: lingering pods
};

struct Month {
  std::string name;          // "2026-11"
  Window during;             // of it, what lies in the period
  bool provisional = false;  // it is not over
};

struct Facts {
  Window period;
  Instant now;  // nothing beyond it is counted
  /// Calendar months of the pool's zone, in order, that cover the period without gap.
  std::vector<Month> months;
  std::vector<DeviceClass> classes;
  std::vector<Reservation> reservations;
  std::vector<Unit> units;
  std::optional<MoneyMicros> annual_cost;
};

// --- What follows ---

/// The part of the period that figures are about: from the first instant at which the pool has a unit, to
/// now. Empty when there is no such part.
Window counted(const Facts& facts);

/// `annual` for `length` out of kHoursPerYear, to the nearest millionth. Neither is below zero.
MoneyMicros share_of_year(MoneyMicros annual, Duration length);

enum class Use { kHeld, kIdle, kBlocked, kOutOfService };

struct Cell {
  std::size_t month = 0;  // place in Facts::months
  Use use = Use::kIdle;
  std::optional<model::ClassId> device_class;  // empty: idle cost of a month in which the pool had no unit
  std::optional<std::size_t> reservation;      // of what is held; place in Facts::reservations
  Duration unit_time{0};
  Duration device_time{0};          // unit time, less what of the unit's slots was counted for others
  Duration gpu_time{0};             // device time by the class's share of a GPU
  std::optional<MoneyMicros> cost;  // its share of the annual cost
  MoneyMicros booked{};             // of what is held: unit time by the rate that was booked
};

struct Account {
  Window counted;
  std::vector<Cell> cells;  // by month; held by reservation, then idle, blocked, out of service by class
  std::optional<MoneyMicros> cost;  // share_of_year of what is counted: what the cells add up to
};

/// The cost of what is counted is split over its months by their length, and within a month over its cells by
/// device time and the class's share of a GPU; both by largest remainder, so nothing is lost or made.
Account account(const Facts& facts);

/// Reserved utilisation: reserved / bookable unit hours. Bookable is what was held or idle: neither what is
/// blocked nor what is out of service could have been held.
struct ClassMonth {
  std::size_t month = 0;
  model::ClassId device_class;
  Duration reserved{0};
  Duration bookable{0};
  Duration out_of_service{0};
  Duration blocked{0};
  /// Empty when nothing was bookable.
  std::optional<double> utilisation() const;
};

/// By month, then in the order of Facts::classes; a row for each class of `always` and for others that had
/// units.
std::vector<ClassMonth> reserved_utilisation(const Facts& facts, const Account& account,
                                             const std::vector<model::ClassId>& always);

enum class By { kSession, kOwner, kTeam, kClass, kMonth };
std::string_view to_string(By by);
std::optional<By> parse_by(std::string_view text);

struct Row {
  /// Reservation id, e-mail, team (empty: none), class, month; empty for the rows beside the table.
  std::string key;
  std::optional<std::size_t> reservation;  // of By::kSession; place in Facts::reservations
  bool provisional = false;                // of By::kMonth
  Duration unit_time{0};
  Duration gpu_time{0};
  std::optional<MoneyMicros> cost;  // the share of the annual cost
  MoneyMicros booked{};             // at the rates that were booked; nothing for what nobody held
};

/// `rows`, `others`, `idle`, `blocked` and `out_of_service` add up to `total`.
struct Table {
  std::vector<Row> rows;
  std::optional<Row> others;  // what is not visible, together; only where there is any
  Row idle;
  std::optional<Row> blocked;         // only where there is any
  std::optional<Row> out_of_service;  // only where there is any
  Row total;
};

/// Currencies of what was held, each once, in order.
std::vector<std::string> booked_currencies(const Facts& facts, const Account& account);

/// Sessions newest first, owners and teams by name (none last), classes and months in their own order. A
/// session here is all attempts of one reservation. By class and by month nobody is named, so nothing is left
/// to `others`.
Table table(const Facts& facts, const Account& account, By by);

}  // namespace berth::usage
