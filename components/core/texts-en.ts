// English texts of what is there before the first sound: the reference for every other language, with
// texts-en-more.ts and texts-en-karaoke.ts. Pure data.
export const english = {
  vocals: "Vocals",
  drums: "Drums",
  bass: "Bass",
  other: "Other",
  master: "Master",

  decibels: "{value} decibels",
  silent: "silent",
  muteStem: "Mute {stem}",
  soloStem: "Solo {stem}",
  mute: "Mute",
  solo: "Solo",
  gainInput: "{stem}, decibels",
  resetHint: "Double-click to reset, type a number",

  pictureHint: "Each stem is drawn here in its colour as it plays.",
  spectrogram: "Spectrogram",

  listen: "Start listening",
  stopListening: "Stop listening",
  play: "Play",
  pause: "Pause",
  loop: "Loop",
  loopSetA: "Set loop start",
  loopSetB: "Set loop end",
  loopClear: "Clear loop",
  key: "Key",
  keyValue: "{value} semitones",
  keyDown: "Key down a semitone",
  keyUp: "Key up a semitone",
  tempo: "Tempo",
  tempoDown: "Slower",
  tempoUp: "Faster",
  reset: "Reset {name}",

  presets: "Presets",
  original: "Original",
  karaoke: "Karaoke",
  minusOne: "Minus one",
  minusStem: "Minus {stem}",
  only: "Only",
  onlyStem: "Only {stem}",
  mixes: "My mixes",

  bypass: "Compare",

  record: "Record",

  export: "Export",

  more: "More",
  openMixer: "Open the mixer",
  statusLoading: "Loading",
  statusLive: "Live",
  details: "Details",

  microphone: "Microphone",
  tab: "Tab sound",
  untitled: "Untitled",
  closeSource: "Close",

  headphones: "Loudspeakers near a microphone howl. Put on headphones first.",
  headphonesOn: "I wear headphones",

  loading: "Getting ready",
  loadingSong: "Loading the song, {loaded} of {total}",
  loadingModel: "Loading the separation model, {loaded} of {total}",
  another: "Choose another file",
  retry: "Try again",
  dismiss: "Got it",
  errorTitle: "That did not work",
} as const;
