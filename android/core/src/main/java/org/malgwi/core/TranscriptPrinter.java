package org.malgwi.core;

import java.io.File;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;

/** Prints transcripts for the command line: lines of text, or one line of JSON for each. */
final class TranscriptPrinter {
  private final CliArguments arguments;
  private final PrintStream out;

  TranscriptPrinter(CliArguments arguments, PrintStream out) {
    this.arguments = arguments;
    this.out = out;
  }

  /**
   * Prints the transcript of a recording.
   *
   * @param listened the channel, or {@link Channels#MIX}
   */
  void print(File file, Transcript transcript, int listened) {
    if (arguments.json()) {
      printJson(file, transcript, listened);
    } else {
      printText(file, transcript);
    }
  }

  private void printText(File file, Transcript transcript) {
    // One of several is named.
    String name = arguments.recordings().size() > 1 ? file + "\t" : "";
    if (transcript.alternatives().isEmpty()) {
      out.println(name + transcript.text());
    }
    for (Transcript.Alternative one : transcript.alternatives()) {
      out.println(name + four(one.score()).toPlainString() + "\t" + one.text());
    }
  }

  private void printJson(File file, Transcript transcript, int listened) {
    // Spaces and digits as Python's json module writes them, so that lines can be compared.
    StringBuilder line = new StringBuilder("{\"file\": ");
    appendString(line, file.toString());
    appendString(line.append(", \"text\": "), transcript.text());
    line.append(", \"duration_ms\": ").append(transcript.durationMs()).append(", \"words\": [");
    String separator = "";
    for (TimedWord word : transcript.timedWords()) {
      appendString(line.append(separator).append("{\"text\": "), word.text());
      line.append(", \"start_ms\": ").append(word.startMs());
      line.append(", \"end_ms\": ").append(word.endMs());
      line.append(", \"confidence\": ").append(rounded(word.confidence())).append('}');
      separator = ", ";
    }
    line.append(']');
    if (!transcript.notSpeech().isEmpty()) {
      line.append(", \"not_speech\": [");
      separator = "";
      for (Transcript.Stretch one : transcript.notSpeech()) {
        line.append(separator).append("{\"start_ms\": ").append(one.startMs());
        line.append(", \"end_ms\": ").append(one.endMs()).append('}');
        separator = ", ";
      }
      line.append(']');
    }
    if (!transcript.alternatives().isEmpty()) {
      line.append(", \"nbest\": [");
      separator = "";
      for (Transcript.Alternative one : transcript.alternatives()) {
        appendString(line.append(separator).append("{\"text\": "), one.text());
        line.append(", \"score\": ").append(rounded(one.score())).append('}');
        separator = ", ";
      }
      line.append(']');
    }
    if (listened != Channels.MIX) {
      line.append(", \"channel\": ").append(listened);
    }
    if (arguments.tokens()) {
      line.append(", \"tokens\": ").append(transcript.frameTokens());
    }
    out.print(line.append("}\n"));
  }

  private static BigDecimal four(double value) {
    return new BigDecimal(value).setScale(4, RoundingMode.HALF_EVEN);
  }

  private static String rounded(double value) {
    String text = four(value).toPlainString().replaceFirst("0+$", "");
    return text.endsWith(".") ? text + "0" : text;
  }

  private static void appendString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
