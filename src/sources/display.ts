// Sound of another tab, or of the whole system where the browser can share it. Page.
import { DannaError } from "../errors.ts";
import type { AnyAudioContext } from "../util/audio-context.ts";
import { mediaDevices } from "./inputs.ts";
import { realTime, type AudioSource } from "./source.ts";
import { StreamSource } from "./stream-source.ts";

/** Newer members than the DOM library knows; browsers ignore those that they lack. */
interface DisplayOptions extends DisplayMediaStreamOptions {
  systemAudio: "include" | "exclude";
  /** What is offered with a window: its own sound, rather than the whole system's. */
  windowAudio: "window" | "system" | "exclude";
  selfBrowserSurface: "include" | "exclude";
}
interface DisplayAudio extends MediaTrackConstraints {
  /** The shared tab falls silent, so that it is heard once, separated. */
  suppressLocalAudioPlayback: boolean;
  /** This page's own sound stays out of the system's, else it would be fed back. */
  restrictOwnAudio: boolean;
}

/** See ./index.ts. */
export async function displaySource(context: AnyAudioContext): Promise<AudioSource> {
  const realTimeContext = realTime(context, "A share");
  if (!("getDisplayMedia" in mediaDevices())) {
    throw new DannaError("platform", "This browser cannot share the sound of a tab or the system.");
  }
  const source = new DisplaySource(realTimeContext);
  await source.open();
  return source;
}

class DisplaySource extends StreamSource {
  protected readonly wanted = "the sound of a tab or the system";

  protected async request(): Promise<MediaStream> {
    const audio: DisplayAudio = {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: { ideal: 2 },
      suppressLocalAudioPlayback: true,
      restrictOwnAudio: true,
    };
    const options: DisplayOptions = {
      audio,
      // Browsers refuse a share of sound alone; the picture is let go of below.
      video: true,
      systemAudio: "include",
      windowAudio: "window",
      selfBrowserSurface: "exclude",
    };
    const stream = await mediaDevices().getDisplayMedia(options);
    for (const track of stream.getVideoTracks()) track.stop();
    if (stream.getAudioTracks().length === 0) {
      throw new DannaError(
        "permission",
        'The share has no sound; choose a tab (or the whole screen) with "share audio" ticked.',
      );
    }
    return stream;
  }

  protected lost(): void {
    this.end();
  }
}
