"""Training, evaluation and export of Danna-Sep Live's models (Python, offline; nothing here runs in the browser)."""

STEMS = ("vocals", "drums", "bass", "other")
SAMPLE_RATE = 44100
