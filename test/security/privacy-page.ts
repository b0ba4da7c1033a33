// Browser side of privacy.test.ts: a session that uses everything that touches audio. Page.
import type { StemMixer } from "../../components/index.ts";
import type * as Output from "../../src/output/index.ts";

const built = (file: string) => new URL(`/dist/${file}`, location.href).href;

/** Until the context has run for so many seconds more. */
async function hear(mixer: StemMixer, seconds: number): Promise<void> {
  const { context } = mixer.player.state.nodes!;
  const until = context!.currentTime + seconds;
  while (context!.currentTime < until) await new Promise(requestAnimationFrame);
}

/** Plays, mixes, shifts, records and splits; returns the bytes of audio that were made. */
export async function session(): Promise<number> {
  await import(built("stem-mixer.js"));
  const mixer = document.createElement("stem-mixer");
  mixer.addEventListener("stem-error", ({ detail }) => {
    throw detail.error;
  });
  mixer.src = "/song/song.wav";
  document.body.append(mixer);
  await mixer.play();
  mixer.applyPreset("karaoke");
  mixer.savePreset("mine");
  mixer.keyShift = 2;
  mixer.startRecording("all");
  await hear(mixer, 0.5);
  const [recording] = await mixer.stopRecording();
  await mixer.useMicrophone();
  mixer.confirmHeadphones();
  await hear(mixer, 0.3);
  mixer.close();

  const song = await (await fetch("/song/song.wav")).blob();
  const { saveStems } = (await import(built("output.js"))) as typeof Output;
  const stems = await saveStems(new File([song], "mine.wav"));
  mixer.remove();
  // What a page sends as it goes away.
  dispatchEvent(new Event("pagehide"));
  return recording.size + stems.size;
}
