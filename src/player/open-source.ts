// Opens what a player shall play. Page thread.
import { displaySource, mediaElementSource, microphoneSource, type AudioSource } from "../index.ts";
import { fileName, isStemFileName } from "../util/file-name.ts";
import { lazy } from "../util/lazy.ts";
import type { SourceRequest } from "./actions.ts";
import type { AudioPath } from "./audio-path.ts";
import { fetchSong, songUrl } from "./fetch-song.ts";
import { mayImprove } from "./may-improve.ts";
import type { OpenedSong } from "./open-song.ts";
import { OUTLINE_COLUMNS } from "./outline.ts";
import type { OwnSong } from "./own/open-own.ts";
import { elementOf, titleOf } from "./requests.ts";
import type { Progress, SourceKind } from "./state.ts";
import type { Transport } from "./transport.ts";

/** What is being played. */
export interface OpenSource {
  readonly kind: SourceKind;
  readonly title: string;
  /** Undefined for live inputs. */
  readonly transport: Transport | undefined;
  /** Undefined for songs. */
  readonly input: AudioSource | undefined;
  /** Of a song. */
  readonly song: OpenedSong | undefined;
  readonly media: HTMLMediaElement | undefined;
  readonly deviceId: string | undefined;
  /** Whether device and connection are such that a better model may be fetched and run unasked. */
  readonly mayImprove: boolean;
}

const NONE = {
  ...{ transport: undefined, input: undefined, song: undefined, media: undefined },
  mayImprove: false,
} as const;

/** What may get better. */
const improving = () => ({ ...NONE, deviceId: undefined, mayImprove: mayImprove() });

/**
 * Prepares the path and opens the source beside it.
 * @throws DannaError; the signal's reason when aborted
 */
export async function openSource(
  request: SourceRequest,
  path: AudioPath,
  signal: AbortSignal,
  onProgress: (song: Progress) => void,
): Promise<OpenSource> {
  const { context } = path;
  switch (request.kind) {
    case "url": {
      const file = fetchSong(songUrl(request.url), signal, onProgress);
      const open = bringsStems(request) ? openStemFile : openSong;
      return open(file, titleOf(request), path, signal, onProgress);
    }
    case "file": {
      const open = bringsStems(request) ? openStemFile : openSong;
      return open(request.file, titleOf(request), path, signal, onProgress);
    }
    case "stems": {
      const { openOwnStems, stemFiles } = await lazy(import("./own/open-own.ts"));
      const { song: title, sent } = stemFiles(request.files, titleOf(request));
      const song = await openOwnStems(sent, path.context, path.baseUrl, signal);
      return openOwn(song!, sent[0].blob, titleOf(request) || title, path, signal);
    }
    case "element": {
      const media = elementOf(request);
      await path.prepare();
      const { ElementTransport } = await lazy(import("./element-transport.ts"));
      const input = await mediaElementSource(context, media, signal);
      guard(signal, input);
      const transport = new ElementTransport(media, input.node);
      const title = media.title || document.title;
      return { ...improving(), kind: "element", title, transport, input, media };
    }
    case "microphone": {
      const { deviceId, channels } = request;
      // The browser asks at once, and the model comes meanwhile.
      const opening = microphoneSource(context, {
        ...(deviceId !== undefined && { deviceId }),
        ...(channels && { channels }),
      });
      const input = await prepared(opening, path);
      guard(signal, input);
      let title = "";
      return {
        ...NONE,
        kind: "microphone",
        input,
        // Known when the device is open, which may be later than this.
        get title() {
          return (title = input.label || title);
        },
        get deviceId() {
          return input.deviceId ?? deviceId;
        },
      };
    }
    case "tab": {
      // The browser asks only right after a gesture: before the model is loaded.
      const input = await displaySource(context);
      await prepared(Promise.resolve(input), path);
      guard(signal, input);
      return { ...NONE, kind: "tab", title: "", input, deviceId: undefined };
    }
  }
}

async function openSong(
  recording: Blob | Promise<Blob>,
  title: string,
  path: AudioPath,
  signal: AbortSignal,
  onProgress: (song: Progress) => void,
): Promise<OpenSource> {
  const { context, getStretch } = path;
  const decoded = async () => {
    const loading = lazy(import("./open-song.ts"));
    const [opener, file] = await Promise.all([loading, recording]);
    const total = file.size;
    const tell = (done: number) => onProgress({ loaded: Math.round(done * total), total });
    const song = await opener.decodeSong(file, context, path.baseUrl, signal, tell);
    return { opener, file, song };
  };
  const decoding = decoded();
  try {
    const [{ opener, file, song }] = await Promise.all([decoding, path.prepare()]);
    signal.throwIfAborted();
    const opened = opener.openSong(song, file, {
      context,
      stems: Object.keys(path.prepared?.stems ?? {}).length,
      latency: path.prepared?.latency ?? 0,
      columns: OUTLINE_COLUMNS,
      getStretch,
    });
    const { transport } = opened;
    const named = song.tags.title ?? title;
    return { ...improving(), kind: "file", title: named, transport, song: opened };
  } catch (error) {
    decoding.then(
      ({ song }) => song.free(),
      () => undefined,
    );
    throw error;
  }
}

/** Whether a source is called as Stem files are, which bring their stems. */
function bringsStems(request: Extract<SourceRequest, { kind: "url" | "file" }>): boolean {
  if (request.kind === "url") return isStemFileName(fileName(String(request.url)));
  return request.file instanceof File && isStemFileName(request.file.name);
}

/** What is no Stem file, whatever it is called, is separated. */
async function openStemFile(
  recording: Blob | Promise<Blob>,
  title: string,
  path: AudioPath,
  signal: AbortSignal,
  onProgress: (song: Progress) => void,
): Promise<OpenSource> {
  const loading = lazy(import("./own/open-own.ts"));
  const [{ openOwnStems }, blob] = await Promise.all([loading, recording]);
  const name = blob instanceof File ? blob.name : title;
  const sent = [{ blob, name, stem: undefined }];
  const song = await openOwnStems(sent, path.context, path.baseUrl, signal);
  return song
    ? openOwn(song, blob, title, path, signal)
    : openSong(blob, title, path, signal, onProgress);
}

async function openOwn(
  { song, own }: OwnSong,
  file: Blob,
  title: string,
  path: AudioPath,
  signal: AbortSignal,
): Promise<OpenSource> {
  const { context, getStretch } = path;
  const [opener] = await Promise.all([lazy(import("./open-song.ts")), path.open()]);
  signal.throwIfAborted();
  const opened = opener.openSong(song, file, {
    ...{ context, getStretch, own },
    stems: own.stems.names.length,
    latency: 0,
    columns: OUTLINE_COLUMNS,
  });
  const { transport } = opened;
  const named = song.tags.title ?? title;
  return { ...NONE, kind: "file", title: named, transport, song: opened, deviceId: undefined };
}

/** An input beside which the path is made; where that fails, the input is let go. */
async function prepared<T extends AudioSource>(opening: Promise<T>, path: AudioPath): Promise<T> {
  try {
    const [input] = await Promise.all([opening, path.prepare()]);
    return input;
  } catch (error) {
    opening.then(
      (input) => input.dispose(),
      () => undefined,
    );
    throw error;
  }
}

function guard(signal: AbortSignal, input: AudioSource): void {
  if (!signal.aborted) return;
  input.dispose();
  throw signal.reason;
}
