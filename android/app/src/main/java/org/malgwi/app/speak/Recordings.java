package org.malgwi.app.speak;

import android.content.Context;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * The private folder in which recordings lie until they are written down. What a process leaves
 * there when it dies, the next one finds. Touches the disk: not for the main thread.
 */
final class Recordings {
  private static final String PCM = ".pcm";
  private static final String FACTS = ".json";

  /** The last one that was written down, kept so that its words can be played. */
  private static final String HEARD = "heard" + PCM;

  private final File folder;

  /** The one that was begun last: empty while its first sound is on its way. */
  private volatile String begun = "";

  public Recordings(Context context) {
    folder = new File(context.getFilesDir(), "recordings");
  }

  /** Makes an empty recording, to be filled by a {@link Dictation}. */
  public Recording begin(String bundle) throws IOException {
    if (!folder.isDirectory() && !folder.mkdirs()) {
      throw new IOException(folder + ": can't be made");
    }
    long started = System.currentTimeMillis();
    File pcm = new File(folder, started + PCM);
    begun = pcm.getName();
    if (!pcm.createNewFile()) {
      throw new IOException(pcm + ": is there already");
    }
    try (FileOutputStream out = new FileOutputStream(facts(pcm))) {
      JSONObject facts = new JSONObject().put("bundle", bundle).put("started_ms", started);
      out.write(facts.toString().getBytes(StandardCharsets.UTF_8));
    } catch (JSONException e) {
      throw new IllegalStateException("strings and numbers can't fail", e);
    }
    return new Recording(pcm, bundle);
  }

  /** The newest recording that wasn't written down; empty ones are cleared away. */
  public Optional<Recording> unfinished() {
    File[] files = folder.listFiles((where, name) -> name.endsWith(PCM) && !name.equals(HEARD));
    if (files == null) {
      return Optional.empty();
    }
    Arrays.sort(files);
    Recording newest = null;
    for (File pcm : files) {
      Recording recording = new Recording(pcm, bundle(pcm));
      if (pcm.length() >= 2) {
        newest = recording;
      } else if (!pcm.getName().equals(begun)) {
        delete(recording);
      }
    }
    return Optional.ofNullable(newest);
  }

  /** The sound of a recording that has been written down; until the next one, or the next start. */
  public File heard(Recording recording) throws IOException {
    File heard = new File(folder, HEARD);
    if (!recording.pcm().renameTo(heard)) {
      throw new IOException(recording.pcm() + ": can't be renamed");
    }
    delete(recording);
    return heard;
  }

  /** Deletes what {@link #heard} kept. */
  public void forgetHeard() {
    delete(new File(folder, HEARD));
  }

  public void delete(Recording recording) {
    delete(recording.pcm());
    delete(facts(recording.pcm()));
  }

  private static void delete(File file) {
    if (!file.delete() && file.exists()) {
      file.deleteOnExit();
    }
  }

  private static File facts(File pcm) {
    String name = pcm.getName();
    return new File(pcm.getParentFile(), name.substring(0, name.length() - PCM.length()) + FACTS);
  }

  /** The model's id; empty where the facts are missing or damaged. */
  private static String bundle(File pcm) {
    try {
      byte[] json = Files.readAllBytes(facts(pcm).toPath());
      return new JSONObject(new String(json, StandardCharsets.UTF_8)).optString("bundle");
    } catch (IOException | JSONException e) {
      return "";
    }
  }
}
