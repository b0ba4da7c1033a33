// How an element beside a mixer finds the player that it follows, and what is heard of it now. Page thread.
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Clock, Player, PlayerState } from "../../src/player/index.ts";
import { Events } from "../constants.ts";
import type { PlayerElement } from "../player-element.ts";

interface Host extends ReactiveControllerHost, HTMLElement {
  /** The mixer's `id`; without one the mixer is around it. */
  readonly for: string;
  /** A player of the host's, in place of a mixer's. */
  readonly player: Player | undefined;
}

/** Seconds by which a position must differ from what was expected to be a leap. */
const LEAP = 0.1;

/** Seconds of the song in what the system has still to play. */
const late = ({ nodes, tempo }: PlayerState): number => (nodes?.context.outputLatency ?? 0) * tempo;

export class PlayerLink implements ReactiveController {
  /** Undefined where a player is given, and before the mixer is defined. */
  mixer: PlayerElement | undefined;
  player: Player | undefined;
  readonly #host: Host;
  readonly #follow: (state: PlayerState) => void;
  #stop: (() => void) | undefined;
  #clock: Clock | undefined;
  /** What was heard at the last snapshot. */
  #last: Clock | undefined;
  /** Where the last leap leads to, until that is heard. */
  #leapt = -Infinity;

  /** `follow` is called with each snapshot, and with the present one of each player that is found. */
  constructor(host: Host, follow: (state: PlayerState) => void) {
    this.#host = host;
    this.#follow = follow;
    host.addController(this);
  }

  /**
   * Seconds in the song of what comes out of the loudspeakers now. After a leap it is where that leads to, while
   * what was on its way before still sounds. Of a song that comes after the one that is open nothing is.
   */
  get heard(): number {
    if (this.player?.state.coming) return 0;
    const raw = this.#raw;
    if (raw >= this.#leapt || raw < this.#leapt - this.#onItsWay - LEAP) this.#leapt = -Infinity;
    return Math.max(0, raw, this.#leapt);
  }

  /** The same without regard to leaps. */
  get #raw(): number {
    const { state, position } = this.player ?? {};
    return position === undefined || !state ? 0 : position - (state.running ? late(state) : 0);
  }

  /** Seconds of the song between what is fed in and what comes out. */
  get #onItsWay(): number {
    const { state } = this.player ?? {};
    return state?.running ? state.latency * state.tempo + late(state) : 0;
  }

  #take(state: PlayerState): void {
    const [now, raw] = [performance.now(), this.#raw];
    const { position, time, rate } = this.#last ?? { position: raw, time: now, rate: 0 };
    const expected = position + ((now - time) / 1000) * rate;
    const leaps = state.clock !== this.#clock && Math.abs(raw - expected) > LEAP;
    if (leaps) this.#leapt = raw + this.#onItsWay;
    this.#clock = state.clock;
    this.#last = { position: raw, time: now, rate: state.clock.rate };
    this.#follow(state);
  }

  hostUpdated(): void {
    if (!this.#host.isConnected) return;
    const mixer = this.#host.player ? undefined : this.#findMixer();
    const player = this.#host.player ?? mixer?.player;
    if (player === this.player && mixer === this.mixer) return;
    this.hostDisconnected();
    this.mixer = mixer;
    this.player = player;
    if (!player) return;
    const unsubscribe = player.subscribe((state) => this.#take(state));
    // A host may give the mixer another one.
    const look = () => this.hostUpdated();
    mixer?.addEventListener(Events.state, look);
    this.#stop = () => {
      unsubscribe();
      mixer?.removeEventListener(Events.state, look);
    };
    this.#take(player.state);
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#stop?.();
    this.#stop = this.mixer = this.player = this.#last = undefined;
    this.#leapt = -Infinity;
  }

  #findMixer(): PlayerElement | undefined {
    const { for: id } = this.#host;
    const found = id
      ? (this.#host.getRootNode() as Document | ShadowRoot).getElementById(id)
      : this.#host.closest("stem-mixer");
    if (!found) return undefined;
    if ("player" in found) return found as PlayerElement;
    void customElements.whenDefined(found.localName).then(() => this.#host.requestUpdate());
    return undefined;
  }
}
