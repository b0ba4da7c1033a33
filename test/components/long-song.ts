// A mixer that believes that a song of any length plays: every column of it known by all stems, a clock of its own, real nodes,
// and a state that is renewed once a second, as a player's is. Runs in Node; its body in the page.
import type { Page } from "playwright-core";
import type { Player, PlayerState } from "../../src/player/index.ts";
import { untilMixer, withMixer } from "./mixer-harness.ts";

/** What a page counts while it draws. */
export interface Work {
  /** Frames in which anything was drawn or read. */
  frames: number;
  /** Calls on canvases. */
  draws: number;
  /** Columns of the song's outline and stems that were read. */
  reads: number;
}

export interface LongSong {
  readonly seconds: number;
  readonly running: boolean;
  /** How often the lanes are zoomed in. */
  readonly zoom: number;
}

/** Makes a page's mixer, which plays some song, believe in a longer one. */
export const pretend = async (page: Page, song: LongSong): Promise<void> => {
  await withMixer(
    page,
    async (mixer, { seconds, running, zoom }) => {
      const globals = globalThis as { real?: Player; renew?: number; work?: Work };
      globals.real ??= mixer.player;
      clearInterval(globals.renew);
      const { real } = globals;
      // The mixer's own goes on: it would be disposed of.
      real.dispose = () => Promise.resolve();
      const work = (globals.work ??= { frames: 0, draws: 0, reads: 0 });
      const counted = (values: Float32Array): Float32Array =>
        new Proxy(values, {
          get(target, name) {
            if (typeof name === "string" && name >= "0" && name <= "9~") work.reads++;
            const value = Reflect.get(target, name, target) as unknown;
            return typeof value === "function" ? (value.bind(target) as unknown) : value;
          },
        });
      const depth = Math.max(0, Math.ceil(Math.log2(seconds / 600 / 0.012)));
      const heights = (length: number) =>
        counted(Float32Array.from({ length }, (_, i) => 0.3 + 0.2 * Math.sin(i / 9)));
      const [outline, detail] = [heights(600), heights(600 * 2 ** depth)];
      const stems = real.state.stems.length;
      const better = {
        ...{ heard: true, ready: 1, kept: true, spans: [[0, 1] as const] },
        ...{ levels: heights(600 * stems), detail: heights(600 * 2 ** depth * stems) },
      };
      const source = { ...real.state.source!, outline, detail };
      const began = performance.now();
      const position = () => seconds / 2 + (running ? (performance.now() - began) / 1000 : 0);
      const state = (): PlayerState => ({
        ...real.state,
        ...{ duration: seconds, running, paused: !running, source, better },
        stats: { ...real.state.stats!, hops: Math.floor(performance.now()) },
      });
      const listeners = new Set<(state: PlayerState) => void>();
      mixer.player = {
        get state() {
          return state();
        },
        get position() {
          return position();
        },
        recordedSeconds: undefined,
        dispatch: () => Promise.resolve(undefined),
        subscribe: (listener: (state: PlayerState) => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
        on: () => () => undefined,
      } as unknown as Player;
      globals.renew = setInterval(
        () => listeners.forEach((listener) => listener(state())),
        1000,
      ) as unknown as number;
      mixer.requestUpdate();
      await mixer.updateComplete;
      const timeline = mixer.renderRoot.querySelector("stem-timeline")!;
      await timeline.updateComplete;
      for (let i = 0; i < zoom; i++) timeline.zoomBy(1);
    },
    song,
  );
};

/** Lets a page count what its mixer draws and reads. */
export const countWork = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const globals = globalThis as unknown as { work?: Work };
    const work = (globals.work ??= { frames: 0, draws: 0, reads: 0 });
    const names = ["fillRect", "clearRect", "drawImage", "putImageData"] as const;
    for (const name of names) {
      const draw = CanvasRenderingContext2D.prototype[name] as (...all: unknown[]) => void;
      CanvasRenderingContext2D.prototype[name] = function (
        this: CanvasRenderingContext2D,
        ...all: unknown[]
      ) {
        work.draws++;
        draw.apply(this, all);
      };
    }
    let before = 0;
    const look = () => {
      if (work.draws + work.reads !== before) work.frames++;
      before = work.draws + work.reads;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });

/** What a page's mixer does in so many seconds of the page's clock. */
export const workIn = (page: Page, seconds: number): Promise<Work> =>
  page.evaluate(async (seconds) => {
    const { work } = globalThis as unknown as { work: Work };
    const before = { ...work };
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) await new Promise(requestAnimationFrame);
    const of = (name: keyof Work) => work[name] - before[name];
    return { frames: of("frames"), draws: of("draws"), reads: of("reads") };
  }, seconds);

/** Plays a song in a page's mixer, so that there are nodes that sound. */
export async function playRound(page: Page): Promise<void> {
  await withMixer(page, async (mixer) => {
    await mixer.play();
    mixer.loop = { a: 0, b: mixer.duration };
  });
  await untilMixer(page, (mixer) => mixer.player.state.stats && mixer.position > 1);
}
