// Controls that a host has put into the mixer's slots: they follow the snapshot as the mixer's own do. Page
// thread; loaded with the first of them.
import { channelOf, effectiveGains, isAudible } from "../../src/player/index.ts";
import { warnOnce } from "../checked.ts";
import type { MixerView } from "./view.ts";

export function syncSlotted(controls: Iterable<Element>, { state, clock }: MixerView): void {
  const { mix, master, stems, running } = state;
  const nodes = state.nodes?.stems ?? null;
  const gains = effectiveGains(mix, stems);
  for (const element of controls) {
    const name = element.getAttribute("stem");
    const stem = name !== null && stems.includes(name) ? name : undefined;
    if (name && nodes && stem === undefined) {
      const there = stems.join(", ");
      warnOnce(`<${element.localName} stem="${name}"> in a mixer: stem is one of ${there}.`);
    }
    const node = stem === undefined ? null : (nodes?.[stem] ?? null);
    switch (element.localName) {
      case "stem-strip":
        if (stem === undefined) continue;
        Object.assign(element, { ...channelOf(mix, stem), silent: !isAudible(mix, stem), node });
        break;
      case "gain-knob":
        Object.assign(element, {
          value: stem === undefined ? master : channelOf(mix, stem).gain,
        });
        break;
      case "level-meter":
        Object.assign(
          element,
          stem === undefined
            ? { node: state.nodes?.output ?? null, gain: 1 }
            : { node, gain: gains[stem] },
        );
        break;
      case "spectrum-view":
        Object.assign(element, { nodes, gains, running });
        break;
      default: {
        const { duration, loop, tempo: rate } = state;
        const live = state.source?.isLive ?? false;
        const outline = state.source?.outline ?? null;
        const ready = state.better?.spans ?? [];
        const levels = state.better?.levels ?? null;
        const song = { duration, clock, outline, loop, ready, levels, rate, live };
        Object.assign(element, { ...song, stems, nodes, running });
      }
    }
  }
}
