// Script of the elements' test page: the small elements and a way to feed them. Page thread.
import "../../components/gain-knob.ts";
import "../../components/level-meter.ts";
import "../../components/spectrum-view.ts";
import "../../components/stem-strip.ts";

/** Nodes with known levels, one a stem, in a running context. */
export function stemNodes(levels: Record<string, number>) {
  const context = new AudioContext();
  return Object.fromEntries(
    Object.entries(levels).map(([stem, offset]) => {
      const source = new ConstantSourceNode(context, { offset });
      source.start();
      return [stem, source];
    }),
  );
}

Object.assign(globalThis, { stemNodes });
