"""Recordings to words: transcripts, subtitles, known texts, what each frame holds."""
