package org.malgwi.app.share;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.malgwi.core.Subtitles;
import org.malgwi.core.TimedWord;

/** What a transcript can leave the app as. */
public enum Format {
  TEXT("txt", "text/plain"),
  SRT("srt", "application/x-subrip"),
  VTT("vtt", "text/vtt"),
  /** The recording itself. */
  WAV("wav", "audio/wav");

  private final String ending;
  private final String type;

  Format(String ending, String type) {
    this.ending = ending;
    this.type = type;
  }

  /** Of a file's name, without the dot. */
  public String ending() {
    return ending;
  }

  /** Media type. */
  public String type() {
    return type;
  }

  /** Writes a transcript, UTF-8. Not for {@link #WAV}, which {@link PcmWav} writes. */
  public void write(String text, List<TimedWord> words, OutputStream out) throws IOException {
    String content =
        switch (this) {
          case TEXT -> text + "\n";
          case SRT -> Subtitles.srt(words);
          case VTT -> Subtitles.vtt(words);
          case WAV -> throw new IllegalArgumentException("a recording isn't text");
        };
    out.write(content.getBytes(StandardCharsets.UTF_8));
  }
}
