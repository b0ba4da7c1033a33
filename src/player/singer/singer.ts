// Someone who sings to what a player plays: microphone, round trip, takes. Page thread; loaded with the first.
import { DannaError } from "../../errors.ts";
import { microphoneSource, type MicrophoneSource } from "../../index.ts";
import { Emitter } from "../../util/emitter.ts";
import { Scope } from "../../util/scope.ts";
import { stayAwake, wake } from "../context.ts";
import { toControlDecibels } from "../decibels.ts";
import type { Player } from "../player.ts";
import type { PlayerNodes } from "../state.ts";
import { Recorder } from "../recorder.ts";
import { safeFileName } from "../../util/file-name.ts";
import { watchHowl } from "./howl-watch.ts";
import { measureRoundTrip } from "./round-trip.ts";
import { Take } from "./take.ts";
import { VoiceLane } from "./voice-lane.ts";

/** Seconds after a song's end that a take goes on: for the last word, and its room. */
const TAIL = 1;

/** How much later the microphone brings what is sung to a sound than the player plays that. */
export interface RoundTrip {
  readonly seconds: number;
  /** False for what the browser says of its own devices, which leaves out much. */
  readonly isMeasured: boolean;
}

/** A change makes a new one. */
export interface SingerState {
  /**
   * opening: asked for, also while the song that is sung to still loads. lost: refused, missing, muted or
   * unplugged; `problem` says which.
   */
  readonly status: "off" | "opening" | "on" | "lost";
  readonly problem: Error | undefined;
  /** What the microphone, which is open, has to do with it: loudspeakers that fed back, test tones it did not hear. */
  readonly trouble: "howls" | "unheard" | undefined;
  /** Name of the microphone. */
  readonly device: string;
  /** In dB, -60 (silent) to 12. */
  readonly level: number;
  /** 0 to 1. */
  readonly echo: number;
  readonly reverb: number;
  /** Whether the voice is heard while it is sung. */
  readonly monitoring: boolean;
  readonly roundTrip: RoundTrip | undefined;
  readonly measuring: boolean;
  readonly taking: boolean;
  /** The last one, until it is discarded. */
  readonly take: Take | undefined;
  /** The voice with its level and effects, to be measured; undefined while the microphone is off. */
  readonly node: AudioNode | undefined;
}

export interface SingerEvents {
  change: SingerState;
  error: Error;
}

interface Open {
  readonly context: AudioContext;
  readonly source: MicrophoneSource;
  readonly lane: VoiceLane;
  readonly scope: Scope;
}

export class Singer extends Emitter<SingerEvents> {
  readonly #player: Player;
  readonly #leave: () => void;
  #state: SingerState = {
    status: "off",
    problem: undefined,
    trouble: undefined,
    device: "",
    level: 0,
    echo: 0,
    reverb: 0,
    monitoring: false,
    roundTrip: undefined,
    measuring: false,
    taking: false,
    take: undefined,
    node: undefined,
  };
  #open: Open | undefined;
  #opening: symbol | undefined;
  /** Whether it was asked for before there was a song: it opens with the next. */
  #waits = false;
  #recorder: Recorder | undefined;
  /** Of the song that is sung. */
  #name = "";
  #ending: ReturnType<typeof setTimeout> | undefined;
  #stopWatch: (() => void) | undefined;

  constructor(player: Player) {
    super();
    this.#player = player;
    this.#leave = player.subscribe(() => this.#followPlayer());
  }

  get state(): SingerState {
    return this.#state;
  }

  #set(changes: Partial<SingerState>): void {
    // Another problem, or none, has a trouble of its own.
    const trouble = "problem" in changes ? undefined : this.#state.trouble;
    this.#state = Object.freeze({ ...this.#state, trouble, ...changes });
    this.emit("change", this.#state);
  }

  /**
   * Opens the microphone; the song is loaded first where it is not, and waited for where it loads. Without one that
   * is a problem, and the microphone opens with the next song. Call it from a click or key. Never rejects.
   */
  async open(deviceId?: string): Promise<void> {
    this.close();
    const opening = (this.#opening = Symbol("opening"));
    this.#set({ status: "opening", problem: undefined });
    const scope = new Scope();
    try {
      const nodes = await this.#untilNodes(() => this.#opening === opening);
      if (this.#opening !== opening) return scope.end();
      if (!nodes) {
        this.#waits = true;
        const message = "There is nothing to sing to yet: choose a song first.";
        return this.#fail(new DannaError("input", message), { status: "off" });
      }
      const { context } = nodes;
      // A paused song's context would sleep meanwhile.
      scope.add(stayAwake(context));
      wake(context);
      const source = await microphoneSource(context, deviceId === undefined ? {} : { deviceId });
      scope.add(() => source.dispose());
      if (this.#opening !== opening) return scope.end();
      const lane = new VoiceLane(context, this.#destination(context));
      source.node.connect(lane.input);
      const follow = () => this.#followSource();
      scope.add(source.on("interrupted", follow), source.on("resumed", follow), () =>
        lane.dispose(),
      );
      this.#open = { context, source, lane, scope };
      this.#apply();
      this.#followSource();
    } catch (error) {
      scope.end();
      if (this.#opening === opening) this.#fail(error as Error, { status: "lost" });
    }
  }

  /** The player's nodes, once its song has loaded; undefined where there is none, or nobody waits any more. */
  async #untilNodes(waits: () => boolean): Promise<PlayerNodes | undefined> {
    const player = this.#player;
    if (!player.state.nodes) await player.dispatch({ do: "load" });
    while (!player.state.nodes && player.state.status === "loading" && waits()) {
      await new Promise<void>((resolve) => {
        const leave = player.subscribe(() => {
          leave();
          resolve();
        });
      });
    }
    return player.state.nodes;
  }

  /** Ends the microphone; a take that runs ends with what there is. */
  close(): void {
    this.#opening = undefined;
    this.#waits = false;
    const open = this.#open;
    if (this.#recorder) void this.endTake();
    this.#open = undefined;
    this.#endWatch();
    open?.scope.end();
    this.#set({ status: "off", problem: undefined, device: "", node: undefined });
  }

  /** Level in dB, echo and reverb from 0 to 1, and whether the singer hears it all. */
  adjust(changes: Partial<Pick<SingerState, "level" | "echo" | "reverb" | "monitoring">>): void {
    const share = (value: number) => Math.min(1, Math.max(0, value));
    const { level, echo, reverb, monitoring } = { ...this.#state, ...changes };
    // Whoever switches it on again has read why it was off.
    const read = changes.monitoring ? { problem: undefined } : {};
    this.#set({
      ...read,
      level: toControlDecibels(level),
      echo: share(echo),
      reverb: share(reverb),
      monitoring,
    });
    this.#apply();
  }

  #apply(): void {
    const { level, echo, reverb, monitoring, measuring } = this.#state;
    const lane = this.#open?.lane;
    lane?.setLevel(level);
    lane?.setEcho(echo);
    lane?.setReverb(reverb);
    const isHeard = monitoring && !measuring;
    lane?.setMonitoring(isHeard);
    if (lane && isHeard) this.#stopWatch ??= watchHowl(lane.output, () => this.#howls());
    else this.#endWatch();
  }

  #endWatch(): void {
    this.#stopWatch?.();
    this.#stopWatch = undefined;
  }

  #howls(): void {
    this.adjust({ monitoring: false });
    this.#fail(
      new DannaError(
        "device",
        "The loudspeakers fed back into the microphone, so you do not hear yourself any more. Put on headphones, " +
          "or turn your voice down, and switch it on again.",
      ),
      { trouble: "howls" },
    );
  }

  /** Measures the round trip by tones that the microphone must hear; the song pauses. What fails is reported. */
  async measure(): Promise<void> {
    const open = this.#open;
    if (!open || this.#state.measuring || this.#state.taking) return;
    await this.#player.dispatch({ do: "pause" });
    this.#set({ measuring: true, problem: undefined });
    this.#apply();
    try {
      wake(open.context);
      const seconds = await measureRoundTrip(open.source.node, this.#destination(open.context));
      if (this.#open === open) this.#set({ roundTrip: { seconds, isMeasured: true } });
    } catch (error) {
      this.#fail(error as Error, { trouble: "unheard" });
    } finally {
      this.#set({ measuring: false });
      this.#apply();
    }
  }

  #destination(context: AudioContext): AudioNode {
    return this.#player.state.settings.destination ?? context.destination;
  }

  /** Records mix and voice from now on, and plays. A take ends with its song, whose name it has by default. */
  async startTake(name = this.#player.state.source?.title ?? ""): Promise<void> {
    const { nodes, paused, status } = this.#player.state;
    const lane = this.#open?.lane;
    if (status !== "ready" || this.#state.status !== "on" || !nodes || !lane) return;
    if (this.#recorder || this.#state.measuring) return;
    const track = (name: string, node: AudioNode) => ({ name, node, format: "wav32f" }) as const;
    this.#recorder = new Recorder(nodes.context, [
      track("mix", nodes.output),
      track("voice", lane.output),
    ]);
    this.#name = safeFileName(name);
    // What a measurement had to say is over.
    this.#set({ taking: true, take: undefined, problem: undefined });
    if (paused) await this.#player.dispatch({ do: "play" });
  }

  /** Ends the take, which is `state.take` then. What fails is reported. */
  async endTake(): Promise<void> {
    clearTimeout(this.#ending);
    this.#ending = undefined;
    const recorder = this.#recorder;
    const { roundTrip } = this.#state;
    if (!recorder) return;
    this.#recorder = undefined;
    try {
      const [mix, voice] = await recorder.stop();
      const take = new Take({
        ...{ mix, voice },
        roundTrip: roundTrip?.seconds ?? 0,
        sampleRate: recorder.sampleRate,
        name: this.#name,
      });
      this.#set({ taking: false, take });
    } catch (error) {
      this.#fail(error as Error, { taking: false });
    }
  }

  /** Throws the last take away, or the one that runs. */
  discard(): void {
    clearTimeout(this.#ending);
    this.#recorder?.cancel();
    this.#recorder = undefined;
    this.#set({ taking: false, take: undefined });
  }

  /** Seconds of the take that runs; undefined without one. */
  get takenSeconds(): number | undefined {
    return this.#recorder?.duration;
  }

  #followSource(): void {
    if (!this.#open) return;
    const { source, lane, context } = this.#open;
    const lost = source.interruptions.find(({ reason }) => reason !== "suspended");
    const known = this.#state.roundTrip;
    const isOther = source.label !== this.#state.device;
    const said = (context.outputLatency || 0) + context.baseLatency;
    this.#set({
      status: lost ? "lost" : "on",
      problem: lost?.error,
      device: source.label,
      node: lane.output,
      roundTrip: known && !isOther ? known : { seconds: said, isMeasured: false },
    });
  }

  #followPlayer(): void {
    const { nodes, paused, duration, status } = this.#player.state;
    if (this.#open && nodes?.context !== this.#open.context) return this.close();
    if (this.#waits && nodes) return void this.open();
    // Another song follows.
    if (this.#recorder && status === "loading") return void this.endTake();
    const isOver = this.#recorder && paused && this.#player.position >= duration - 0.05;
    if (!isOver) {
      clearTimeout(this.#ending);
      this.#ending = undefined;
    } else this.#ending ??= setTimeout(() => void this.endTake(), TAIL * 1000);
  }

  #fail(error: Error, changes: Partial<SingerState> = {}): void {
    this.#set({ ...changes, problem: error });
    this.emit("error", error);
  }

  /** Frees everything; a take that runs is thrown away. The singer cannot be used again. */
  dispose(): void {
    this.discard();
    this.close();
    this.#leave();
    this.clear();
  }
}
