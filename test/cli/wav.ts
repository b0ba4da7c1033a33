// WAV files written byte by byte, right or wrong on purpose. Runs in Node.

export interface WavFields {
  channels: number;
  rate: number;
  /** 1 PCM, 3 float, others as registered. */
  tag: number;
  bits: number;
  /** Bytes that the data chunk says it has. */
  claimed: number;
  /** Leave the format chunk out. */
  noFormat: boolean;
  /** A chunk between format and data. */
  extra: Buffer;
}

const chunk = (id: string, body: Buffer, size = body.length): Buffer => {
  const head = Buffer.alloc(8);
  head.write(id, "latin1");
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, body, Buffer.alloc(body.length % 2)]);
};

export function wav(data: Buffer, fields: Partial<WavFields> = {}): Buffer {
  const { channels = 2, rate = 44100, tag = 1, bits = 16, noFormat = false, extra } = fields;
  const format = Buffer.alloc(16);
  format.writeUInt16LE(tag, 0);
  format.writeUInt16LE(channels, 2);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE((rate * channels * bits) / 8, 8);
  format.writeUInt16LE((channels * bits) / 8, 12);
  format.writeUInt16LE(bits, 14);
  const chunks = [
    ...(noFormat ? [] : [chunk("fmt ", format)]),
    ...(extra ? [chunk("LIST", extra)] : []),
    chunk("data", data, fields.claimed),
  ];
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  return chunk("RIFF", body);
}

/** `frames` of a tone on all channels, as 16-bit samples. */
export function tone16(frames: number, channels = 2): Buffer {
  const data = Buffer.alloc(2 * frames * channels);
  for (let i = 0; i < frames * channels; i++) {
    data.writeInt16LE(Math.round(8000 * Math.sin(Math.floor(i / channels) / 20)), 2 * i);
  }
  return data;
}

/** 32-bit float WAV of interleaved samples, as planes. */
export function readFloatWav(file: Buffer): { rate: number; planes: Float32Array[] } {
  const format = file.indexOf("fmt ") + 8;
  const at = file.indexOf("data") + 8;
  const channels = file.readUInt16LE(format + 2);
  const frames = file.readUInt32LE(at - 4) / (4 * channels);
  const planes = Array.from({ length: channels }, (_, c) =>
    Float32Array.from({ length: frames }, (_, n) => file.readFloatLE(at + 4 * (n * channels + c))),
  );
  return { rate: file.readUInt32LE(format + 4), planes };
}
