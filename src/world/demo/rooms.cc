#include "world/demo/rooms.h"

#include "base/check.h"

namespace wyld::demo {
namespace {

using enum Direction;

constexpr std::string_view kThreshold = "The Threshold";
constexpr std::string_view kWyld = "The Wyld";

constexpr RoomId kCourt{0}, kGate{1}, kRow{2}, kGlassworks{3}, kWeighhouse{4}, kFerryStair{5}, kCistern{6},
    kGallery{7}, kFarStep{8}, kAntlerRoad{9}, kOrchard{10}, kReedMirror{11}, kWindStair{12}, kCairn{13};

constexpr std::string_view kCrossing =
    "Inside the arch the air is cold as a held breath. Then it lets you go.";

constexpr Exit kCourtExits[] = {
    {kNorth, kGate}, {kEast, kRow}, {kWest, kWeighhouse}, {kSouth, kFerryStair}, {kUp, kGallery}};
constexpr Feature kCourtFeatures[] = {
    {"fountain water basin",
     "Nine bronze herons stand in a ring with their beaks raised, and from each beak a thread of water falls "
     "into a basin worn smooth by elbows. The water is lit from below, though you cannot see by what. People "
     "do drink it. You may too."},
    {"heron herons bird birds",
     "Eight of the nine herons look up. The ninth looks at whoever came in last. It is looking at you."},
    {"lamp lamps lantern lanterns",
     "Every traveller who comes through the gate is given a lamp to hang here, and takes it away again when "
     "they go. Some have hung so long that swallows nest in them."},
    {"slate board",
     "Chalked in a careful hand: MIND THE STEP. Below, in a worse hand: WHICH? Below that, in the first hand "
     "again: ALL OF THEM."},
    {"swallow swallows nest nests", "They come and go through the arch as if it were any other arch."},
};

constexpr Exit kGateExits[] = {{kNorth, kFarStep, kCrossing, false, true}, {kSouth, kCourt}};
constexpr Feature kGateFeatures[] = {
    {"gate arch stones stone",
     "Two leaning stones and a third laid across them. From the side it is nothing much. From the front it "
     "is "
     "the only thing here that looks finished."},
    {"moss inscription letters",
     "You push the moss aside. The letters under it are older than the language you read them in: WHO GOES "
     "OUT COMES BACK; WHO COMES BACK WENT OUT. Someone has counted the crossings beside it in bundles of "
     "five, and given up at the top of the stone."},
    {"keeper chair",
     "The gatekeeper's chair is empty and still warm. A knitted blanket lies over one arm; the wool changes "
     "colour halfway through, as though it had been finished somewhere else."},
    {"light far side", "Through the arch the light falls at the wrong angle, and smells of rain."},
};

constexpr Exit kRowExits[] = {{kWest, kCourt}, {kEast, kGlassworks}};
constexpr Feature kRowFeatures[] = {
    {"window windows lamp lamps",
     "Lamps for looking for things, lamps for not being found by, a very small lamp for a mouse. The prices "
     "are in hours."},
    {"cat ginger",
     "A ginger cat, asleep on the warmest sill in the street. It opens one eye, decides you are not news, "
     "and closes it."},
    {"door sign signs",
     "BACK IN A MOMENT, says the sign on the third door. The paint has faded until only the moment is left."},
};

constexpr Exit kGlassworksExits[] = {{kWest, kRow}};
constexpr Feature kGlassworksFeatures[] = {
    {"furnace fire glow",
     "It roars softly to itself. When you look away it hums; when you look back it pretends it was roaring "
     "all along."},
    {"bench tools pipe pipes", "Blowpipes, shears, a wet newspaper from a city you have never heard of."},
    {"globe globes marble marbles glass",
     "In each globe hangs a little weather: a thimble of fog, a squall the size of a plum. In the smallest "
     "there is a courtyard with a fountain, and in the courtyard someone bends to look at something small."},
};

constexpr Exit kWeighhouseExits[] = {{kEast, kCourt}, {kDown, kCistern}};
constexpr Feature kWeighhouseFeatures[] = {
    {"scales scale balance pan pans",
     "A name goes in one pan and a feather in the other. Lay yours there and the pans stay level a long "
     "while before they make up their mind."},
    {"ledger ledgers book books",
     "Column upon column of names, with the weight beside each. You find your own on the newest page. The "
     "ink is dry."},
    {"feather", "Grey, and a little ruffled. Heron, you would say."},
};

constexpr Exit kFerryStairExits[] = {{kNorth, kCourt}, {kWest, kCistern}};
constexpr Feature kFerryStairFeatures[] = {
    {"river water mist",
     "You cannot tell how wide it is. Now and then a bell answers another bell, out where the far bank may "
     "be."},
    {"ferry boat post rope",
     "No ferry; only the mooring post, and a rope that runs down into the mist. It is taut."},
    {"timetable notice",
     "The timetable gives departures for every evening of the year but one, and arrivals for that one only."},
};

constexpr Exit kCisternExits[] = {{kUp, kWeighhouse}, {kEast, kFerryStair}};
constexpr Feature kCisternFeatures[] = {
    {"water lamps lights lamp",
     "So that is what lights the fountain: lamps, hundreds, burning on the floor of the cistern under three "
     "fathoms of clear water. Each has a name on its handle. One handle is still bare."},
    {"pillar pillars stone", "No two alike. One is a tree that forgot to stop being a tree; it is in leaf."},
    {"echo echoes", "You say nothing, and wait. After a moment the echo says nothing back, in your voice."},
};

constexpr Exit kGalleryExits[] = {{kDown, kCourt}};
constexpr Feature kGalleryFeatures[] = {
    {"view city roofs roof",
     "Slate roofs, washing lines, a river that ends in mist. Beyond the gate, by all "
     "rights, there ought to be more roofs. There is a forest."},
    {"telescope brass",
     "You put your eye to it. A hill, very far away and very near; on the hill a heap of stones; and beside "
     "the stones somebody who turns, and waves."},
    {"star stars sky", "Two skies meet overhead. The seam is neat, and has been mended at least once."},
};

constexpr Exit kFarStepExits[] = {{kSouth, kGate, kCrossing, false, true}, {kNorth, kAntlerRoad}};
constexpr Feature kFarStepFeatures[] = {
    {"gate arch stones stone",
     "From this side the gate is two birches that have grown together at the top. The moss has followed it "
     "through."},
    {"step footprint footprints prints",
     "Bare feet, boots, hooves, wheels, and one line of very small, very determined prints that stops at a "
     "dropped acorn."},
    {"rain", "It has just stopped, or is just about to start. It seems to be waiting for someone."},
};

constexpr Exit kAntlerRoadExits[] = {
    {kSouth, kFarStep}, {kWest, kOrchard}, {kEast, kReedMirror}, {kNorth, kWindStair}};
constexpr Feature kAntlerRoadFeatures[] = {
    {"antler antlers post posts",
     "Shed, not taken; each pair is tied with a ribbon by whoever found it. Touch one and the whole road "
     "seems to lift its head and listen."},
    {"ribbon ribbons", "Red for thanks, white for sorry, green for come and see."},
    {"deer stag",
     "You did not notice the stag until it moved, and now you cannot stop noticing. It is the size of a "
     "house, and is eating a dandelion with great care."},
};

constexpr Exit kOrchardExits[] = {{kEast, kAntlerRoad}};
constexpr Feature kOrchardFeatures[] = {
    {"apple apples fruit tree trees",
     "Twelve rows. The nearest is in blossom, the last is bare, and the ripe ones hang somewhere about four "
     "in the afternoon."},
    {"ladder basket", "A ladder leans in the seventh row. In the basket beneath it: six apples and a watch."},
    {"watch clock",
     "It keeps perfect time, and will not let go of it. If you hold it to your ear you can hear the orchard "
     "grow."},
};

constexpr Exit kReedMirrorExits[] = {
    {kWest, kAntlerRoad},
    {kDown, kCistern,
     "You wade in, and under, toward the lamps. The cold closes over you, turns you gently the other way up, "
     "and sets you down dripping on a stone stair. You are not even wet.",
     true, true}};
constexpr Feature kReedMirrorFeatures[] = {
    {"lake mirror water reflection",
     "The reflected sky has lamps in it where the stars should be, hundreds of them, far down. They are not "
     "reflected. You could swim to them."},
    {"reed reeds", "They lean together and whisper. It is mostly about you, and mostly kind."},
    {"heron bird",
     "A grey heron, as still as bronze. It looks as if it has only come from the court to stretch its legs."},
};

constexpr Exit kWindStairExits[] = {{kSouth, kAntlerRoad}, {kUp, kCairn}};
constexpr Feature kWindStairFeatures[] = {
    {"step steps stair stairs", "Worn in the middle, each one, by something lighter than feet."},
    {"wind", "It comes up the stair behind you, taking the steps two at a time, and begs your pardon."},
    {"thread threads kite kites",
     "Kite threads run from iron rings up into cloud. You pluck one. A long while later, something up there "
     "plucks back."},
};

constexpr Exit kCairnExits[] = {{kDown, kWindStair}};
constexpr Feature kCairnFeatures[] = {
    {"cairn stones stone heap",
     "One stone for each traveller who came this far. Yours is here already, near the top; it has your "
     "thumbprint on it."},
    {"view forest city glint",
     "Down there is the gate, no bigger than a staple; and through it, tiny and exact, roofs and a lit "
     "gallery. Someone up there has a telescope. You could wave."},
    {"wave", "You wave. It seems the least you can do."},
};

constexpr Room kRooms[] = {
    {100, "The Lamplit Court", kThreshold, "City",
     "Hundreds of lamps hang over this old court on wires too thin to see, and the whole square swims in "
     "their amber light. In the middle a fountain of bronze herons murmurs to itself. A slate board leans by "
     "the northern way, where two great stones stand against the dusk; a street runs east, a broad low house "
     "fills the west side, steps go down south to the river, and a stair climbs up to a gallery among the "
     "lamps.",
     kCourtExits, kCourtFeatures,
     "You cup your hands under a heron's beak. The water tastes of iron and evening, and something in you "
     "burns a little brighter."},
    {101, "The Standing Gate", kThreshold, "Ruins",
     "Two leaning stones and a lintel, furred with moss, older than the city that grew up around them. The "
     "keeper's chair beside them is empty. On this side of the arch it is always evening; on the other, just "
     "one step north, the light is green and falls through leaves. The court lies south, behind you.",
     kGateExits, kGateFeatures},
    {102, "Lamplighters' Row", kThreshold, "Urban",
     "A crooked street of little shops, every window crowded with lamps and not one of them for sale to the "
     "merely curious. Somewhere above, a shutter opens, a song gets out, and the shutter closes. The court "
     "lies west; eastward a red glow beats in an open doorway.",
     kRowExits, kRowFeatures},
    {103, "The Glassworks", kThreshold, "Urban",
     "Heat, and the smell of sand remembering that it was once a sea. A furnace glows at the back; along the "
     "benches globes of new glass are cooling, each with something stirring inside. The way out is west.",
     kGlassworksExits, kGlassworksFeatures},
    {104, "The Weighhouse of Names", kThreshold, "Building",
     "Under black beams hangs a pair of scales as tall as a door. Here every name that passes the gate is "
     "weighed and written down, so that it can be given back unbroken. Ledgers climb the walls. The court is "
     "east, and in the corner a stair goes down toward the sound of water.",
     kWeighhouseExits, kWeighhouseFeatures},
    {105, "The Ferry Stair", kThreshold, "River",
     "Broad steps walk down into a river and do not stop at its edge. Mist lies on the water like a cloth on "
     "a table. A timetable is nailed to the mooring post. The court is north, up the steps; a low arch leads "
     "west, along the foot of the wall.",
     kFerryStairExits, kFerryStairFeatures},
    {106, "The Cistern", kThreshold, "Underground",
     "Pillars stand to their knees in still water, row behind row, and the roof trembles with light that "
     "comes from below. Every drop that falls is answered by an echo a moment too soon. Steps lead up to the "
     "Weighhouse, and daylight of a sort leaks in from the east.",
     kCisternExits, kCisternFeatures, "The water is so clear that you drink the light with it."},
    {107, "The Lantern Gallery", kThreshold, "Rooftop",
     "A wooden gallery runs around the roofs at the height of the lamps, so that you look out over a lake of "
     "small flames. A brass telescope points north, beyond the gate. The stair goes down to the court.",
     kGalleryExits, kGalleryFeatures},
    {200, "The Far Step", kWyld, "Forest",
     "One step, and the city is a rumour. Two birches lean together behind you, and between them, to the "
     "south, hangs a slice of amber evening. The ground is soft and printed with everyone who ever came this "
     "way. A road of sorts goes north under the trees. It smells of rain.",
     kFarStepExits, kFarStepFeatures},
    {201, "The Antler Road", kWyld, "Forest",
     "Shed antlers, wound with ribbons, mark the road on either hand like the posts of a long gate. Paths "
     "leave it here: west between apple trees, east toward a brightness of water, and north, where the "
     "ground "
     "begins to climb. To the south the road goes home.",
     kAntlerRoadExits, kAntlerRoadFeatures},
    {202, "The Orchard of Hours", kWyld, "Orchard",
     "Twelve rows of apple trees, and in each row another season. Blossom drifts across ripe fruit and "
     "settles "
     "on snow. Bees work the border between May and September. The road is east.",
     kOrchardExits, kOrchardFeatures},
    {203, "The Reed Mirror", kWyld, "Lake",
     "A round lake, so still that the reeds seem to grow both ways. A heron stands in the shallows. The sky "
     "in "
     "the water is not quite the sky overhead: it is later there, and full of lamps. The path back is west; "
     "or you could simply wade in, and down.",
     kReedMirrorExits, kReedMirrorFeatures, "You drink from the sky. It tastes of iron and evening."},
    {204,
     "The Wind Stair",
     kWyld,
     "Hills",
     "Steps cut in a bare hillside, and a wind that uses them. Iron rings are set in the rock, and from each "
     "ring a thread runs up and out of sight. The road is south, below you; the stair goes on, up.",
     kWindStairExits,
     kWindStairFeatures,
     {},
     true},
    {205,
     "The High Cairn",
     kWyld,
     "Mountains",
     "The top of everything. Stones are heaped here as high as your heart, and the wind goes round them "
     "counting. All the forest lies below, and in it, far off, one small amber glint. There is nowhere to go "
     "but down, which is said to be the point.",
     kCairnExits,
     kCairnFeatures,
     {},
     true},
};

struct DirectionNames {
  std::string_view full;
  std::string_view brief;
  Direction opposite;
};
constexpr DirectionNames kDirectionNames[] = {
    {"north", "n", kSouth}, {"south", "s", kNorth}, {"east", "e", kWest},
    {"west", "w", kEast},   {"up", "u", kDown},     {"down", "d", kUp},
};

}  // namespace

std::string_view name_of(Direction direction) {
  return kDirectionNames[static_cast<std::size_t>(direction)].full;
}

std::string_view short_name_of(Direction direction) {
  return kDirectionNames[static_cast<std::size_t>(direction)].brief;
}

Direction opposite(Direction direction) {
  return kDirectionNames[static_cast<std::size_t>(direction)].opposite;
}

std::optional<Direction> direction_named(std::string_view word) {
  for (const Direction direction : kDirections) {
    if (word == name_of(direction) || word == short_name_of(direction)) return direction;
  }
  return std::nullopt;
}

std::span<const Room> all_rooms() { return kRooms; }

const Room& room_at(RoomId id) {
  WYLD_DCHECK(static_cast<std::size_t>(id) < std::size(kRooms));
  return kRooms[static_cast<std::size_t>(id)];
}

const Exit* exit_of(const Room& room, Direction direction) {
  for (const Exit& exit : room.exits) {
    if (exit.direction == direction) return &exit;
  }
  return nullptr;
}

}  // namespace wyld::demo
