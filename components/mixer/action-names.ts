// What actions are called where they are listed: shortcuts, and what MIDI can move. Page thread; loaded with
// either list.
import type { MidiAction } from "../core/midi-map.ts";
import type { ShortcutAction } from "../core/shortcuts.ts";
import { fill, stemName, type Texts } from "../core/texts.ts";
import "../core/texts-more.ts";

/** Those whose name does not depend on how far something is turned. */
type Named =
  | ShortcutAction
  | Exclude<MidiAction, { do: "gain" | "master" | "seek" | "key" | "tempo" | "mix" }>;

export function actionName(action: Named, texts: Texts): string {
  switch (action.do) {
    case "play-pause":
      return `${texts.play} / ${texts.pause}`;
    case "restart":
      return texts.restart;
    case "bypass":
      return texts.bypass;
    case "record":
      return texts.record;
    case "help":
      return texts.shortcuts;
    case "click":
      return texts.click;
    case "count-in":
      return texts.countIn;
    case "seek-by":
      return action.seconds < 0 ? texts.seekBack : texts.seekForward;
    case "zoom":
      return action.by > 0 ? texts.zoomIn : texts.zoomOut;
    case "loop-cycle":
      return `${texts.loop} A–B`;
    case "loop-point":
      return action.point === "a" ? texts.loopSetA : texts.loopSetB;
    case "loop-clear":
      return texts.loopClear;
    case "key-by":
      return action.semitones < 0 ? texts.keyDown : texts.keyUp;
    case "tempo-by":
      return action.factor < 0 ? texts.tempoDown : texts.tempoUp;
    case "mute":
      return fill(texts.muteStem, { stem: stemName(texts, action.stem) });
    case "solo":
      return fill(texts.soloStem, { stem: stemName(texts, action.stem) });
    case "picture":
      return texts.spectrogram;
    case "expand":
      return `${texts.openMixer} / ${texts.shrink}`;
    case "headphones":
      return texts.headphonesOn;
    case "save":
      return `${texts.export}: ${texts.exportMix}`;
    case "save-cancel":
      return `${texts.export}: ${texts.cancel}`;
    case "retry":
      return texts.retry;
    case "dismiss":
      return texts.dismiss;
    case "close":
      return texts.closeSource;
  }
}
