// Keeps the place of this tab's session in sessionStorage: it lasts over a reload, and no other tab has it.

import type { PlaceStore } from "./comeback.js";

// `gateway` is the path of the WebSocket, so that two gateways of one origin do not mix.
export function tabPlaceStore(gateway: string): PlaceStore {
  const key = `wyldgate.place.${gateway}`;
  return {
    read: () => sessionStorage.getItem(key),
    write: (text) => sessionStorage.setItem(key, text),
    clear: () => sessionStorage.removeItem(key),
  };
}
