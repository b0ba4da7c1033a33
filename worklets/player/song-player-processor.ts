// The song player as a processor. Audio thread.
import { PackedRegion } from "../../src/dsp/packed-region.ts";
import {
  SONG_PLAYER,
  type SongPlayerCommand,
  type SongPlayerSettings,
  type SongPlayerReport,
} from "../../src/player/protocol.ts";
import { SongPlayer } from "./song-player.ts";

/** No input; the mixture at the first output, the bus of stems computed ahead at the second. */
class SongPlayerProcessor extends AudioWorkletProcessor {
  readonly #player: SongPlayer;
  #id = 0;
  #open = true;

  constructor({ processorOptions }: { processorOptions: SongPlayerSettings }) {
    super();
    this.#player = new SongPlayer({ ...processorOptions, sampleRate });
    this.#player.onstart = (position, offset) =>
      this.#report({ type: "started", id: this.#id, position, frame: currentFrame + offset });
    this.#player.onend = () => this.#report({ type: "ended", id: this.#id });
    this.#player.onregion = (region) => this.#report({ type: "region", region });
    this.port.onmessage = ({ data }: MessageEvent<SongPlayerCommand>) => this.#run(data);
  }

  #run(command: SongPlayerCommand): void {
    switch (command.do) {
      case "play":
        this.#id = command.id;
        this.#player.play(command.position, command.loop, command.frame - currentFrame);
        return this.#report({ type: "heard", id: command.id });
      case "loop":
        return this.#player.setLoop(command.loop);
      case "latency":
        return this.#player.setLatency(command.latency);
      case "blend":
        this.#player.blend = command.on;
        return;
      case "blocks":
        for (const [region, block] of command.blocks) this.#player.setBlock(region, block);
        return;
      case "region":
        return this.#player.setRegion(
          command.region,
          command.stems && new PackedRegion(command.stems),
        );
      case "stop":
        return this.#player.stop();
      case "close":
        this.#open = false;
    }
  }

  #report(report: SongPlayerReport): void {
    this.port.postMessage(report);
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    this.#player.process(outputs[0], outputs[1]);
    return this.#open;
  }
}

registerProcessor(SONG_PLAYER, SongPlayerProcessor);
