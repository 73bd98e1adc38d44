package org.malgwi.app.share;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.malgwi.core.Subtitles;
import org.malgwi.core.Tiers;

/** What a transcript can leave the app as. */
public enum Format {
  TEXT("txt", "text/plain"),
  SRT("srt", "application/x-subrip"),
  VTT("vtt", "text/vtt"),
  /** Of ELAN. No registered types, these two: a known one would add an ending of its own. */
  EAF("eaf", "text/x-eaf+xml"),
  /** Of Praat. */
  TEXTGRID("TextGrid", "text/x-textgrid"),
  /** The recording itself. */
  WAV("wav", "audio/wav");

  private static final String DATE = "yyyy-MM-dd'T'HH:mm:ssxxx";

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
  public void write(SharedTranscript one, OutputStream out) throws IOException {
    String content =
        switch (this) {
          case TEXT -> one.text() + "\n";
          case SRT -> Subtitles.srt(one.words());
          case VTT -> Subtitles.vtt(one.words());
          case EAF -> Tiers.eaf(one.words(), one.recording(), now());
          case TEXTGRID -> Tiers.textgrid(one.words(), one.durationMs());
          case WAV -> throw new IllegalArgumentException("a recording isn't text");
        };
    out.write(content.getBytes(StandardCharsets.UTF_8));
  }

  private static String now() {
    return OffsetDateTime.now(ZoneId.systemDefault())
        .format(DateTimeFormatter.ofPattern(DATE, Locale.ROOT));
  }
}
