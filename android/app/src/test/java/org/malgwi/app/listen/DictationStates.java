package org.malgwi.app.listen;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import org.malgwi.android.AudioInput;
import org.malgwi.android.internal.Capture;
import org.malgwi.app.models.Engine;
import org.malgwi.app.problem.Problem;
import org.malgwi.app.sound.PcmFile;
import org.malgwi.core.LiveStream;
import org.malgwi.core.Search;
import org.malgwi.core.Transcript;
import org.robolectric.util.ReflectionHelpers;

/** Dictations in states that would take minutes to come about, for pictures of them. */
public final class DictationStates {
  private DictationStates() {}

  /** One that has recorded {@code pcm} and is doing {@code state}. */
  public static Dictation recording(Context context, File pcm, Dictation.State state)
      throws IOException {
    Dictation dictation =
        new Dictation(
            context,
            Engine.of(context),
            null,
            AudioInput.NOTHING,
            new Dictation.Options(LiveStream.Options.DEFAULT, Search.DEFAULT, pcm),
            new Dictation.Listener() {
              @Override
              public void onFinal(Transcript transcript) {}

              @Override
              public void onCancelled() {}

              @Override
              public void onProblem(Problem problem, Throwable detail) {}
            });
    PcmFile file = new PcmFile(pcm);
    Recognition recognition = new Recognition(null, null, file, null, null, null, null);
    Capture capture = new Capture(AudioInput.NOTHING, file::append, null);
    set(recognition, "loaded", state != Dictation.State.LOADING);
    set(capture, "blocked", state == Dictation.State.BLOCKED);
    set(dictation, "file", file);
    set(dictation, "recognition", recognition);
    set(dictation, "capture", capture);
    set(dictation, "paused", state == Dictation.State.PAUSED);
    set(dictation, "finishing", state == Dictation.State.FINISHING);
    return dictation;
  }

  private static void set(Object where, String field, Object value) {
    ReflectionHelpers.setField(where, field, value);
  }
}
