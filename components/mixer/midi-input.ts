// Knobs and buttons of MIDI devices, through webmidi. Page thread.
import { DannaError } from "../../src/index.ts";
import type { MidiControl } from "../core/midi-map.ts";

/** A knob was moved or a key pressed or let go; `value` is 0 to 1. */
export type MidiListener = (control: MidiControl, value: number) => void;

/** Listens to all MIDI inputs, also to ones plugged in later, until `dispose`. */
export class MidiInput {
  readonly #stop: () => void;
  readonly #names: () => string[];

  private constructor(stop: () => void, names: () => string[]) {
    this.#stop = stop;
    this.#names = names;
  }

  /**
   * Asks the user for access where the browser wants that. `onDevices` is called when a device
   * comes or goes. Throws a `DannaError` "platform" where there is none to be had.
   */
  static async open(onMove: MidiListener, onDevices: () => void): Promise<MidiInput> {
    const { WebMidi } = await import("webmidi");
    try {
      await WebMidi.enable();
    } catch (cause) {
      throw new DannaError(
        "platform",
        "MIDI is not available: the browser lacks Web MIDI, or access was refused.",
        { cause },
      );
    }
    const listening = new Map<string, () => void>();
    const refresh = () => {
      for (const input of WebMidi.inputs) {
        if (listening.has(input.id)) continue;
        const listeners = [
          input.addListener("controlchange", (event) => {
            const { number } = event.controller;
            onMove(`cc:${event.message.channel}:${number}`, Number(event.value));
          }),
          input.addListener("noteon", (event) => {
            onMove(`note:${event.message.channel}:${event.note.number}`, event.note.attack);
          }),
          input.addListener("noteoff", (event) => {
            onMove(`note:${event.message.channel}:${event.note.number}`, 0);
          }),
        ].flat();
        listening.set(input.id, () => {
          for (const listener of listeners) listener.remove();
        });
      }
      for (const [id, stop] of listening) {
        if (WebMidi.inputs.some((input) => input.id === id)) continue;
        stop();
        listening.delete(id);
      }
      onDevices();
    };
    refresh();
    WebMidi.addListener("portschanged", refresh);
    return new MidiInput(
      () => {
        WebMidi.removeListener("portschanged", refresh);
        for (const stop of listening.values()) stop();
      },
      () => WebMidi.inputs.map((input) => input.name),
    );
  }

  /** Names of the connected devices. */
  get devices(): string[] {
    return this.#names();
  }

  dispose(): void {
    this.#stop();
  }
}
