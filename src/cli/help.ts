// The pages of `--help`: one of the whole, and one for each command. Pure data.
import { MOST_WORKERS } from "../split/check-options.ts";
import { STEM_FORMATS } from "../output/formats.ts";

/** What the command runs models on. */
export const BACKENDS = ["native", "wasm"] as const;

export const COMMANDS = ["split", "karaoke", "models", "doctor"] as const;
export type CommandName = (typeof COMMANDS)[number];

const COMMON = `  -h, --help           this text`;

const OUTPUT = `  -o, --out DIR        folder for what is written, made when missing (default: the current folder)`;

const SPLITTING = `  -m, --model NAME     an installed model, or the path of its .json (default: studio)
  -w, --workers N      threads that work, each with the model in its memory, 0 to ${MOST_WORKERS} (default: the
                       cores, up to 4, and as many as the memory holds of HTDemucs). A model that runs
                       forward in time, as live does, takes one file per worker
  -b, --backend NAME   ${BACKENDS.join(", ")}: what runs the models (default: native where the optional
                       package onnxruntime-node is installed, else wasm)
      --no-add-up      leave the stems as the model gives them; otherwise they add up to the input
      --force          overwrite files that exist
      --json           one JSON object per line on standard output
  -q, --quiet          print nothing but errors`;

const READS = `Reads WAV, FLAC, MP3, Ogg Vorbis, Opus, AAC, M4A, MP4 and WebM, any sample rate, mono to multichannel.`;

const CODES = `Exit codes: 0 all done, 1 a file failed, 2 wrong usage, 130 interrupted.`;

export const HELP = `danna-sep: splits music into vocals, drums, bass and other

  danna-sep split FILE|FOLDER… [options]   write one file per stem, as song_vocals.wav
  danna-sep karaoke FILE|FOLDER…           write one file without the voice, as song_karaoke.mp3
  danna-sep models                         list the installed models, their licences and scores
  danna-sep models add htdemucs            install an add-on model, after its licence is accepted
  danna-sep models remove NAME             remove an installed model
  danna-sep doctor [NAME…]                 what runs here, and how fast: all models, or those named

danna-sep COMMAND --help has the options of a command, and examples.

  -h, --help           this text
  -v, --version        the version

${CODES}
`;

const PAGES: Readonly<Record<CommandName, string>> = {
  split: `danna-sep split: writes the stems of songs, one file per stem, as song_vocals.wav

  danna-sep split FILE|FOLDER… [options]

Options
${OUTPUT}
  -s, --stems LIST     which stems to write, as vocals,drums (default: all that the model makes)
  -x, --mix LIST       write one file, as song_mix.wav: all stems, these at another level in decibels, as
                       vocals=-inf,drums=-6
  -f, --format FORMAT  ${STEM_FORMATS.join(", ")} (default: wav16)
${SPLITTING}
${COMMON}

${READS}
Stems are stereo, at the input's sample rate and of its length. A .stem.mp4 brings its stems, which are written as
they are; with --model, or for a stem that it has not, its mixture is split.
${CODES}

Examples
  danna-sep split song.mp3 --out stems
  danna-sep split album --stems vocals,drums --format flac --model live
`,
  karaoke: `danna-sep karaoke: writes songs without the voice, one file each, as song_karaoke.mp3

  danna-sep karaoke FILE|FOLDER… [options]

The same as split with --mix vocals=-inf --format mp3.

Options
${OUTPUT}
  -f, --format FORMAT  ${STEM_FORMATS.filter((format) => format !== "stem.mp4").join(", ")} (default: mp3)
${SPLITTING}
${COMMON}

${READS}
${CODES}

Examples
  danna-sep karaoke song.mp3
  danna-sep karaoke album --format flac --out karaoke
`,
  models: `danna-sep models: lists, installs and removes models

  danna-sep models [--json]                        list the installed models, their licences and scores
  danna-sep models add htdemucs [--yes] [--from FILE]
                                                   install an add-on model, after its licence is accepted
  danna-sep models remove NAME                     remove a model that was installed so

Options
  -y, --yes            accept the model's licence without a question
      --from FILE      install a copy that is here already, in place of a download
      --json           the list as JSON
${COMMON}

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.

Examples
  danna-sep models
  danna-sep models add htdemucs --from htdemucs.onnx
`,
  doctor: `danna-sep doctor: says what runs here, and how fast

  danna-sep doctor [NAME…] [--json]

Splits a few seconds of noise with each installed model, or with those named.

Options
      --json           the findings as JSON
${COMMON}

Exit codes: 0 a model runs, 1 none does, 2 wrong usage, 130 interrupted.

Examples
  danna-sep doctor
  danna-sep doctor live --json
`,
};

/** The page of a command; without one, of the whole. */
export const helpOf = (command: CommandName | undefined): string =>
  command ? PAGES[command] : HELP;

/** How to get it. */
export const seeHelp = (command: string | undefined): string =>
  COMMANDS.some((known) => known === command)
    ? `See danna-sep ${command} --help.`
    : "See danna-sep --help.";
