#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "simulation/model.h"

namespace wyld::simulation {

// What one client shows of one session: puts lines together and has the model judge them.
class Screen {
 public:
  Screen(Model& model, std::uint64_t number) : model_(&model), number_(number) { shown_.screen = number; }

  // From now on it shows `session`; what it has shown of that before, it remembers.
  void turn_to(SessionNumber session);
  [[nodiscard]] const Shown& shown() const noexcept { return shown_; }
  [[nodiscard]] SessionNumber session() const noexcept { return shown_.session; }
  void text(std::string_view utf8);
  // The unfinished line is a prompt.
  void prompt() { line_.clear(); }
  // Something is missing here, as the player was told: unfinished words stay so.
  // `wide`: nobody knows where.
  void gap(bool wide);
  // The connection broke; a client that does not count loses its unfinished line.
  void drop_line() { line_.clear(); }
  void may_repeat() noexcept { shown_.may_repeat = true; }

  // What the world asked last: "name?" or "password?"; "welcome" when it spoke as to one who plays.
  [[nodiscard]] const std::string& question() const noexcept { return question_; }
  void answered() { question_.clear(); }

 private:
  void end_line();

  Model* model_;
  std::uint64_t number_;
  Shown shown_;
  std::vector<Shown> others_;  // of sessions that were shown before
  std::string line_;
  bool in_pieces_ = false;  // the line's beginning is missing
  std::string question_;
};

}  // namespace wyld::simulation
