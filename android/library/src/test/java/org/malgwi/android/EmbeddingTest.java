package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/**
 * Somebody else's app with the AAR in it, shrunk by R8 with the rules that the AAR brings, hears a
 * golden clip as Python does; without those rules its process crashes. R8 writes class files, which
 * run in a process of their own on Robolectric: a dex wouldn't.
 */
public class EmbeddingTest {
  /**
   * What Android's own build adds: of components what the manifest names, of methods native ones.
   */
  private static final List<String> THE_APPS_OWN_RULES =
      List.of(
          "-keep class org.malgwi.embedding.EmbeddingActivity { <init>(); }",
          "-keepclasseswithmembernames class * { native <methods>; }",
          "-allowaccessmodification");

  private static final File TARGET = new File(System.getProperty("malgwi.target"));

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  /** What a process said, and how it ended. */
  private record Ended(int status, String said) {}

  private static List<Path> classPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Stream.of(all.split(File.pathSeparator)).map(Path::of).toList();
  }

  /** The one entry of the class path that holds this class. */
  private static Path holding(String classFile) throws IOException {
    for (Path one : classPath()) {
      if (Files.isDirectory(one)) {
        if (Files.exists(one.resolve(classFile))) {
          return one;
        }
      } else if (Files.exists(one)) {
        try (ZipFile zip = new ZipFile(one.toFile())) {
          if (zip.getEntry(classFile) != null) {
            return one;
          }
        }
      }
    }
    throw new AssertionError(classFile + " isn't on the class path");
  }

  /** What of a folder or an archive {@code wanted} names, as an archive. */
  private Path zip(String name, Path from, Predicate<String> wanted) throws IOException {
    Path to = temporary.getRoot().toPath().resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
      out.setLevel(Deflater.NO_COMPRESSION); // read once
      if (Files.isDirectory(from)) {
        try (Stream<Path> files = Files.walk(from)) {
          for (Path file : files.filter(Files::isRegularFile).toList()) {
            String entry = from.relativize(file).toString();
            if (wanted.test(entry)) {
              add(out, entry, Files.readAllBytes(file));
            }
          }
        }
      } else {
        try (ZipFile in = new ZipFile(from.toFile())) {
          for (ZipEntry entry : in.stream().filter(one -> wanted.test(one.getName())).toList()) {
            try (InputStream bytes = in.getInputStream(entry)) {
              add(out, entry.getName(), bytes.readAllBytes());
            }
          }
        }
      }
    }
    return to;
  }

  private static void add(ZipOutputStream out, String name, byte[] bytes) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(bytes);
    out.closeEntry();
  }

  private Path ofAar(String name) throws IOException {
    Path to = temporary.getRoot().toPath().resolve(name);
    try (ZipFile aar = new ZipFile(System.getProperty("malgwi.aar"));
        InputStream in = aar.getInputStream(aar.getEntry(name));
        OutputStream out = Files.newOutputStream(to)) {
      in.transferTo(out);
    }
    return to;
  }

  private Ended run(List<String> command) throws IOException, InterruptedException {
    File log = temporary.newFile();
    Process process =
        new ProcessBuilder(command)
            .directory(temporary.getRoot()) // a crash leaves its report there
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    if (!process.waitFor(30, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("not within half an hour: " + command);
    }
    return new Ended(
        process.exitValue(), Files.readString(log.toPath(), StandardCharsets.ISO_8859_1));
  }

  private static String java() {
    return new File(System.getProperty("java.home"), "bin/java").getPath();
  }

  /** The embedding app, the AAR and all that they need, as R8 leaves it with these rules. */
  private Path shrunk(List<String> rules) throws IOException, InterruptedException {
    Path to = temporary.getRoot().toPath().resolve("shrunk.jar");
    Path file = temporary.newFile().toPath();
    Files.write(file, rules);
    Predicate<String> isClass = name -> name.endsWith(".class");
    Path core = holding("org/malgwi/core/Recognizer.class");
    List<String> command =
        new ArrayList<>(List.of(java(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", new File(TARGET, "r8.jar").getPath()));
    command.addAll(List.of("com.android.tools.r8.R8", "--classfile", "--release"));
    command.addAll(List.of("--pg-conf", file.toString(), "--output", to.toString()));
    command.addAll(List.of("--lib", holding("android/app/Activity.class").toString()));
    command.addAll(List.of("--lib", System.getProperty("java.home")));
    command.add(
        zip(
                "app.jar",
                holding("org/malgwi/embedding/EmbeddingActivity.class"),
                name -> name.startsWith("org/malgwi/embedding/EmbeddingActivity"))
            .toString());
    command.add(ofAar("classes.jar").toString());
    command.add(zip("core.jar", core, name -> name.startsWith("org/malgwi/core/")).toString());
    for (String one :
        List.of("com/grack/nanojson/JsonParser.class", "org/jspecify/annotations/Nullable.class")) {
      command.add(zip(one.replace('/', '-') + ".jar", holding(one), isClass).toString());
    }
    command.add(zip("ort.jar", holding("ai/onnxruntime/OrtSession.class"), isClass).toString());
    Ended r8 = run(command);
    assertEquals(r8.said(), 0, r8.status());
    return to;
  }

  /** Runs the shrunk app on Robolectric; none of its classes is there in another form. */
  private Ended hear(Path app) throws IOException, InterruptedException {
    Path tests = holding("org/malgwi/embedding/HearsAClip.class");
    Path runtime = holding("ai/onnxruntime/OrtSession.class");
    List<Path> path = new ArrayList<>(classPath());
    path.removeAll(
        List.of(
            tests,
            runtime,
            holding("org/malgwi/android/SpeechModel.class"),
            holding("org/malgwi/core/Recognizer.class"),
            holding("com/grack/nanojson/JsonParser.class"),
            holding("org/jspecify/annotations/Nullable.class")));
    path.add(0, app);
    path.add(
        zip(
            "test.jar",
            tests,
            name ->
                name.startsWith("org/malgwi/embedding/HearsAClip")
                    || name.endsWith(".properties")));
    path.add(zip("native.jar", runtime, name -> name.startsWith("ai/onnxruntime/native/linux")));
    Path clip = temporary.newFile().toPath();
    Files.write(clip, Demo.goldenWav(0));
    // A core would have the process's two gigabytes.
    List<String> command = new ArrayList<>(List.of(java(), "-XX:-CreateCoredumpOnCrash"));
    command.addAll(List.of(System.getProperty("malgwi.arguments").split(" ")));
    for (String name :
        List.of("robolectric.offline", "robolectric.enabledSdks", "robolectric-deps.properties")) {
      command.add("-D" + name + "=" + System.getProperty(name));
    }
    command.add("-Dmalgwi.clip=" + clip);
    command.add("-Dmalgwi.expected=" + Demo.text(0));
    command.add("-cp");
    command.add(String.join(File.pathSeparator, path.stream().map(Path::toString).toList()));
    command.addAll(List.of("org.junit.runner.JUnitCore", "org.malgwi.embedding.HearsAClip"));
    return run(command);
  }

  @Test
  public void aShrunkAppHearsWhatPythonHears() throws Exception {
    List<String> rules = new ArrayList<>(THE_APPS_OWN_RULES);
    rules.addAll(Files.readAllLines(ofAar("proguard.txt")));
    Path app = shrunk(rules);
    try (ZipFile jar = new ZipFile(app.toFile())) {
      assertEquals("it is shrunk", null, jar.getEntry("org/malgwi/android/SpeechModel.class"));
    }
    Ended heard = hear(app);
    assertEquals(heard.said(), 0, heard.status());
    assertTrue(heard.said(), heard.said().contains("OK (1 test)"));
  }

  @Test
  public void withoutTheAarsRulesItCrashes() throws Exception {
    Ended heard = hear(shrunk(THE_APPS_OWN_RULES));
    assertTrue(heard.said(), heard.status() != 0);
    // What makes the app fail otherwise, and both tests with it, is no crash.
    assertTrue(heard.said(), heard.said().contains("A fatal error has been detected by the Java"));
  }
}
