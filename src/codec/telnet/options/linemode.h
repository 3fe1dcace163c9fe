#pragma once
// Option 34 (RFC 1184) is refused; this answers the one question in it that must not stay open.

#include <string>
#include <string_view>

namespace wyld::telnet {

// DO or WILL FORWARDMASK is answered by WONT or DONT FORWARDMASK. False: nothing to answer (MODE, the
// list of special characters, and anything too short).
bool refuse_forwardmask(std::string_view payload, std::string& out);

}  // namespace wyld::telnet
