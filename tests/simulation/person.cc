#include "simulation/person.h"

#include <utility>

namespace wyld::simulation {

Person::Person(Run run, const Dial& dial, std::size_t number, bool telnet)
    : run_(run),
      pages_{JsonClient(run, dial, number, 1, knowledge_), JsonClient(run, dial, number, 2, knowledge_)},
      telnet_(run, dial, number, 3, knowledge_),
      page_(&pages_[0]),
      client_(page_) {
  if (telnet) client_ = &telnet_;
  client_->set_wanted(true);
}

void Person::act() {
  for (Client* const client :
       {static_cast<Client*>(&pages_[0]), static_cast<Client*>(&pages_[1]), static_cast<Client*>(&telnet_)}) {
    // What is not used any more is left as it is until it ends.
    if (client != client_ && client->connection() == nullptr) client->set_wanted(false);
    client->set_looked_at(client == client_);
    client->attend();
  }
  if (wants_code_) {
    if (std::string code = page_->take_code(); !code.empty()) {
      wants_code_ = false;
      telnet_.set_code(std::move(code));
      client_ = &telnet_;
      telnet_.set_wanted(true);
      return;
    }
  }
  client_->set_wanted(true);
  if (!knowledge_.in_game) return;
  if (knowledge_.waiting && knowledge_.may_send && client_->playing() && run_.random.chance(0.5)) {
    const bool send = run_.random.chance(0.8) || calm_;
    return client_->say(send ? "send" : "cancel");
  }
  if (silent_) return;
  if (!calm_ && run_.random.chance(run_.plan.switches)) return change_clients();
  for (std::size_t lines = run_.random.chance(0.1) ? 6 : run_.random.below(3); lines > 0; --lines)
    client_->say(run_.model.type(LineKind::kCommand));
}

void Person::change_clients() {
  if (client_ == page_) {
    if (!page_->playing()) return;
    wants_code_ = true;
    page_->want_code();
  } else if (page_->can_come_back()) {
    client_ = page_;
  }
}

void Person::duplicate() {
  if (client_ != page_ || !page_->can_come_back()) return;
  JsonClient& copy = page_ == &pages_[0] ? pages_[1] : pages_[0];
  if (copy.connection() != nullptr) return;
  copy.copy_from(*page_);
  page_ = &copy;
  client_ = page_;
}

}  // namespace wyld::simulation
