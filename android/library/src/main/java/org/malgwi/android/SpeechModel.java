package org.malgwi.android;

import android.content.Context;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.malgwi.android.internal.Telemetry;
import org.malgwi.core.Cancellation;
import org.malgwi.core.LiveStream;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;

/**
 * A bundle's model, loaded: it listens to the microphone and writes down recordings, several at
 * once. Its memory is native, two to three times the model's size, until it is closed. Thread-safe.
 */
public final class SpeechModel implements AutoCloseable {
  private final Context context;
  private final ModelBundle bundle;
  private final Recognizer recognizer;

  private SpeechModel(Context context, ModelBundle bundle, Recognizer recognizer) {
    this.context = context;
    this.bundle = bundle;
    this.recognizer = recognizer;
  }

  /**
   * Opens a bundle that is one of the app's assets. The first time after an installation or update
   * it is unpacked into the app's private folder, every hash checked; it needs twice its size and
   * 32 MB more for that time. Threads and processes of the app that open it at once wait for each
   * other. Not for the main thread.
   *
   * @param context any of the app
   * @param asset its name, such as "mine.malgwi" for {@code src/main/assets/mine.malgwi}
   * @return the model, to be closed
   * @throws Refused when it isn't there, is no whole bundle, or finds no space; its reason says
   *     which
   * @throws MalgwiException when the model can't be loaded
   * @throws java.io.InterruptedIOException when the thread was interrupted; nothing is left then
   * @throws IOException when a file can't be locked there
   */
  public static SpeechModel open(Context context, String asset) throws IOException {
    Context app = context.getApplicationContext();
    return load(app, new AssetBundle(app, asset).open());
  }

  /**
   * Opens a bundle that is a file or an unpacked folder, such as one that the app has downloaded.
   * Not for the main thread.
   *
   * @param context any of the app
   * @param bundle the file, or the folder
   * @return the model, to be closed
   * @throws MalgwiException when it is no whole bundle, or can't be loaded
   */
  public static SpeechModel open(Context context, File bundle) throws MalgwiException {
    return load(context.getApplicationContext(), ModelBundle.open(bundle));
  }

  private static SpeechModel load(Context app, ModelBundle bundle) throws MalgwiException {
    Telemetry.turnOff();
    return new SpeechModel(app, bundle, Recognizer.open(bundle, new Recognizer.Options(0, true)));
  }

  /** {@return what the bundle says of itself, and its golden clips} */
  public ModelBundle bundle() {
    return bundle;
  }

  /** {@return the model itself, for what isn't here: grammars, journals, other sources of sound} */
  public Recognizer recognizer() {
    return recognizer;
  }

  /**
   * Listens to the microphone until the speaker pauses for 1.5 s, says nothing for 10 s, or {@link
   * Listening#finish}. The app needs the permission RECORD_AUDIO, and a screen or a service in
   * front that shows that it listens.
   *
   * @param listener told on the main thread
   * @return what listens
   * @throws IllegalStateException after {@link #close}
   */
  public Listening listen(Listening.Listener listener) {
    return listen(new Microphone(context), LiveStream.Options.DEFAULT, Search.DEFAULT, listener);
  }

  /**
   * Listens to any source of sound.
   *
   * @param input the {@link Microphone}, or another source
   * @param options the pauses that end it; 0: none does
   * @param search how words are looked for
   * @param listener told on the main thread
   * @return what listens
   * @throws IllegalStateException after {@link #close}
   */
  public Listening listen(
      AudioInput input, LiveStream.Options options, Search search, Listening.Listener listener) {
    Listening listening = new Listening(input, listener);
    listening.begin(recognizer, options, search);
    return listening;
  }

  /**
   * Writes down a recording of any kind that the phone can read. Not for the main thread.
   *
   * @param recording a document of another app or a file; it must be seekable, as a pipe isn't
   * @param search how words are looked for
   * @param cancellation ends it from another thread
   * @return the whole transcript; its text is empty where nobody spoke
   * @throws Unreadable when it isn't there, its app doesn't give it, or there is no sound in it
   *     that can be read; its reason says which
   * @throws MalgwiException for a hotword that the model can't spell, or when the model fails
   * @throws IOException when reading or closing it fails
   * @throws CancellationException when it was cancelled
   * @throws IllegalStateException after {@link #close}
   */
  public Transcript transcribe(Uri recording, Search search, Cancellation cancellation)
      throws IOException {
    recognizer.check(search); // before anything is read
    try (ParcelFileDescriptor file = open(recording)) {
      if (file.getStatSize() < 0) {
        throw new Unreadable(
            Unreadable.Reason.NOT_GIVEN,
            recording + ": comes as a stream; expected a file. Copy it to one first");
      }
      String name =
          Objects.requireNonNullElse(recording.getLastPathSegment(), recording.toString());
      try (MediaSamples samples =
          MediaSamples.open(file.getFileDescriptor(), name, () -> throwIfCancelled(cancellation))) {
        return recognizer.transcribe(samples, search, cancellation);
      }
    }
  }

  /** Another app can throw anything. */
  private ParcelFileDescriptor open(Uri recording) throws Unreadable {
    try {
      ParcelFileDescriptor file = context.getContentResolver().openFileDescriptor(recording, "r");
      if (file == null) {
        throw new FileNotFoundException("its app gives no file");
      }
      return file;
    } catch (IOException | RuntimeException e) {
      throw new Unreadable(
          Unreadable.Reason.NOT_GIVEN,
          recording
              + ": can't be opened ("
              + e.getMessage()
              + "); expected a recording that its app lets this one read. Let it be chosen again",
          e);
    }
  }

  private static void throwIfCancelled(Cancellation cancellation) {
    if (cancellation.isCancelled()) {
      throw new CancellationException("the transcription was cancelled");
    }
  }

  /**
   * Frees the model as soon as nothing uses it any more; returns at once. What listens goes on:
   * {@link Listening#cancel} ends that, and the microphone with it. May be called twice.
   */
  @Override
  public void close() {
    recognizer.closeWhenIdle();
  }
}
