// English texts of karaoke: lyrics, microphone, takes. Pure data.
export const karaokeEnglish = {
  lyrics: "Lyrics",
  lyricsNone: "No words yet",
  lyricsHint: "Drop an .lrc or UltraStar .txt file with the song, choose one, or paste the words.",
  lyricsChoose: "Choose a file of words",
  lyricsPaste: "Paste words",
  lyricsText: "Words of the song: plain, .lrc or UltraStar",
  lyricsShow: "Show them",
} as const;
