#pragma once
// Where a world keeps its numbers, so that it may be killed at any moment.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "wyldgate/world/journal.pb.h"

namespace wyldgate::world {

// A journal of turns. FileStore is one; a world that keeps its players in a database may put the turn into
// the same transaction.
//
// Owner    the program; outlives Sessions.
// Thread   one at a time, the one that runs the turn.
// Errors   a sentence for the operator. After one, the world must not go on.
class SequenceStore {
 public:
  using Error = std::string;

  virtual ~SequenceStore() = default;
  // Gives every turn that was kept, oldest first.
  [[nodiscard]] virtual std::optional<Error> load(const std::function<void(journal::Turn&&)>& take) = 0;
  // Keeps `turn`: when this returns, it survives the process, whatever happens to it.
  [[nodiscard]] virtual std::optional<Error> append(const journal::Turn& turn) = 0;
  // True: so much has been appended that it is time for rewrite().
  [[nodiscard]] virtual bool is_long() const = 0;
  // Puts `turns` in the place of everything.
  [[nodiscard]] virtual std::optional<Error> rewrite(std::span<const journal::Turn> turns) = 0;
};

}  // namespace wyldgate::world
