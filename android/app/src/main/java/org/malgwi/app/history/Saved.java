package org.malgwi.app.history;

import android.util.JsonReader;
import android.util.JsonToken;
import android.util.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.core.Channels;
import org.malgwi.core.TimedWord;
import org.malgwi.core.Transcript;

/**
 * What {@code transcript.json} holds. Immutable.
 *
 * @param text what the model heard
 * @param words its words; times are from the start of the recording
 * @param notSpeechMs how much of the recording was left out, since no speech was heard in it
 * @param channel of the recording that alone was listened to, counted from 0, or {@link
 *     Channels#MIX}
 * @param checkedText what a person made of the text; null while nobody has looked
 */
record Saved(
    Source source,
    String title,
    String model,
    String language,
    long durationMs,
    String text,
    List<TimedWord> words,
    long notSpeechMs,
    int channel,
    String checkedText) {
  private static final String FORMAT = "malgwi-transcript";
  private static final int VERSION = 1;

  /** A month; no recording is longer. */
  private static final long LONGEST_MS = 31L * 24 * 3_600_000;

  private static final int MOST_CHANNELS = 1_000;
  private static final int LONGEST_NAME = 10_000;

  /** Over a hundred hours of fast speech; more would fill the memory. */
  static final int MOST_WORDS = 1_000_000;

  Saved {
    words = List.copyOf(words);
  }

  /** What is kept of a new entry. */
  static Saved of(NewEntry entry) {
    Transcript heard = entry.transcript();
    return new Saved(
        entry.source(),
        entry.title(),
        entry.model().name(),
        entry.model().language(),
        heard.durationMs(),
        heard.text(),
        heard.timedWords(),
        heard.notSpeech().stream().mapToLong(one -> one.endMs() - one.startMs()).sum(),
        entry.channel(),
        null);
  }

  /** The text that counts. */
  String current() {
    return checkedText == null ? text : checkedText;
  }

  /** The words of {@link #current}, with times. */
  List<TimedWord> currentWords() {
    return checkedText == null ? words : Correction.align(words, checkedText, durationMs);
  }

  /** Whether another is what the same model heard in the same recording. */
  boolean isOfTheSameRecording(Saved other) {
    return source == other.source
        && model.equals(other.model)
        && language.equals(other.language)
        && durationMs == other.durationMs
        && text.equals(other.text)
        && words.equals(other.words);
  }

  /**
   * Checks what others may have written.
   *
   * @throws IOException it holds what no recording can
   */
  void check() throws IOException {
    for (TimedWord word : words) {
      boolean possible =
          word.startMs() >= 0 && word.endMs() >= word.startMs() && word.endMs() <= LONGEST_MS;
      if (!possible) {
        throw new IOException("a word from " + word.startMs() + " to " + word.endMs() + " ms");
      }
    }
    check("duration_ms", durationMs, LONGEST_MS);
    check("not_speech_ms", notSpeechMs, LONGEST_MS);
    check("channel", channel - Channels.MIX, MOST_CHANNELS);
    check("length of title", title.length(), LONGEST_NAME);
    check("length of model", model.length(), LONGEST_NAME);
    check("length of language", language.length(), LONGEST_NAME);
  }

  private static void check(String what, long value, long most) throws IOException {
    if (value < 0 || value > most) {
      throw new IOException(what + " is " + value + "; expected 0 to " + most);
    }
  }

  Saved withCheckedText(String other) {
    return new Saved(
        source, title, model, language, durationMs, text, words, notSpeechMs, channel, other);
  }

  Saved withTitle(String other) {
    return new Saved(
        source, other, model, language, durationMs, text, words, notSpeechMs, channel, checkedText);
  }

  void write(OutputStream out) throws IOException {
    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    JsonWriter json = new JsonWriter(writer);
    json.setIndent(" ");
    json.beginObject();
    json.name("format").value(FORMAT);
    json.name("format_version").value(VERSION);
    json.name("source").value(source.name());
    json.name("title").value(title);
    json.name("model").value(model);
    json.name("language").value(language);
    json.name("duration_ms").value(durationMs);
    json.name("text").value(text);
    json.name("checked_text").value(checkedText);
    json.name("not_speech_ms").value(notSpeechMs);
    if (channel != Channels.MIX) {
      json.name("channel").value(channel);
    }
    json.name("words").beginArray();
    for (TimedWord word : words) {
      json.beginObject();
      json.name("text").value(word.text());
      json.name("start_ms").value(word.startMs());
      json.name("end_ms").value(word.endMs());
      json.name("confidence").value(word.confidence());
      json.endObject();
    }
    json.endArray();
    json.endObject();
    json.flush();
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws IOException when it isn't that, is damaged, or has more than the memory holds
   */
  static Saved read(InputStream in) throws IOException {
    try {
      return readObject(new JsonReader(new InputStreamReader(in, StandardCharsets.UTF_8)));
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new IOException("not a transcript of version " + VERSION, e);
    } catch (OutOfMemoryError e) {
      // What was read of it is gone by now, and with it the want of memory.
      throw new IOException("more than this app's memory can hold", e);
    }
  }

  private static Saved readObject(JsonReader json) throws IOException {
    String format = null;
    int version = 0;
    Source source = null;
    String title = "";
    String model = "";
    String language = "und";
    long durationMs = 0;
    String text = null;
    String checkedText = null;
    long notSpeechMs = 0;
    int channel = Channels.MIX;
    List<TimedWord> words = new ArrayList<>();
    json.beginObject();
    while (json.hasNext()) {
      switch (json.nextName()) {
        case "format" -> format = json.nextString();
        case "format_version" -> version = json.nextInt();
        case "source" -> source = Source.valueOf(json.nextString());
        case "title" -> title = json.nextString();
        case "model" -> model = json.nextString();
        case "language" -> language = json.nextString();
        case "duration_ms" -> durationMs = json.nextLong();
        case "text" -> text = json.nextString();
        case "checked_text" -> checkedText = stringOrNull(json);
        case "not_speech_ms" -> notSpeechMs = json.nextLong();
        case "channel" -> channel = json.nextInt();
        case "words" -> readWords(json, words);
        default -> json.skipValue();
      }
    }
    json.endObject();
    if (!FORMAT.equals(format) || version != VERSION || source == null || text == null) {
      throw new IOException(
          "format " + format + ", version " + version + "; expected " + FORMAT + ", " + VERSION);
    }
    return new Saved(
        source, title, model, language, durationMs, text, words, notSpeechMs, channel, checkedText);
  }

  private static String stringOrNull(JsonReader json) throws IOException {
    if (json.peek() == JsonToken.NULL) {
      json.nextNull();
      return null;
    }
    return json.nextString();
  }

  private static void readWords(JsonReader json, List<TimedWord> words) throws IOException {
    json.beginArray();
    while (json.hasNext()) {
      String text = "";
      long start = 0;
      long end = 0;
      double confidence = 0;
      json.beginObject();
      while (json.hasNext()) {
        switch (json.nextName()) {
          case "text" -> text = json.nextString();
          case "start_ms" -> start = json.nextLong();
          case "end_ms" -> end = json.nextLong();
          case "confidence" -> confidence = json.nextDouble();
          default -> json.skipValue();
        }
      }
      json.endObject();
      words.add(new TimedWord(text, start, end, confidence));
      if (words.size() > MOST_WORDS) {
        throw new IOException("over " + MOST_WORDS + " words");
      }
    }
    json.endArray();
  }
}
