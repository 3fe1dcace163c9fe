#pragma once
// What one player typed ends up on other players' screens: characters that cannot be seen there, or that turn
// around the text beside them, are taken out before it gets anywhere.

#include <cstdint>
#include <string>
#include <string_view>

namespace wyld {

enum class Joiners : std::uint8_t {
  kWhereTheyJoin,  // only where they have something to join
  kAll,            // for text that comes in pieces, so that what they join may have gone before
};

// Valid UTF-8 `text` as a view into itself, or into `scratch` without
//
// - controls above ASCII (U+0080..U+009F);
// - embeddings, overrides and isolates of direction (U+202A..U+202E, U+2066..U+2069). The marks that Arabic
//   and Hebrew keyboards have (U+061C, U+200E, U+200F) stay: they turn nothing around;
// - invisible characters: U+00AD, U+180E, U+200B, U+2060..U+2065, U+206A..U+206F, U+3164, U+FEFF, U+FFA0,
//   U+FFF9..U+FFFB;
// - joiners (U+200C, U+200D) and variation selectors except one after a character that can take it, which
//   Persian, Indian scripts and emoji need; tags (U+E0000..U+E007F) except six in a flag.
//
// U+2028 and U+2029, which are line ends to some programs, become spaces.
[[nodiscard]] std::string_view visible_text(std::string_view text, std::string& scratch,
                                            Joiners joiners = Joiners::kWhereTheyJoin);

}  // namespace wyld
