package org.malgwi.core;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The processor's cores by their clusters: one inference is best spread over the fastest cluster
 * alone, since a slow core keeps the fast ones waiting.
 *
 * @param clusters highest frequency in kHz to the number of cores that have it; empty when the
 *     kernel doesn't tell
 */
public record Cores(Map<Long, Integer> clusters) {
  private static final int MOST_THREADS = 4;
  private static final int THREADS_WHEN_UNKNOWN = 2;

  /** Copies the map. */
  public Cores {
    clusters = Map.copyOf(clusters);
  }

  /** {@return those of this machine, as Linux and Android tell of them} */
  public static Cores here() {
    return read(new File("/sys/devices/system/cpu"));
  }

  /** Reads {@code cpu*}{@code /cpufreq/cpuinfo_max_freq}; cores that don't tell are left out. */
  static Cores read(File system) {
    Map<Long, Integer> clusters = new TreeMap<>();
    File[] cores = system.listFiles((folder, name) -> name.matches("cpu[0-9]+"));
    for (File core : cores == null ? new File[0] : cores) {
      try {
        File file = new File(core, "cpufreq/cpuinfo_max_freq");
        String text = new String(Files.readAllBytes(file.toPath()), StandardCharsets.US_ASCII);
        clusters.merge(Long.parseLong(text.trim()), 1, Integer::sum);
      } catch (IOException | NumberFormatException e) {
        // Offline, or hidden by the maker.
      }
    }
    return new Cores(clusters);
  }

  /** {@return threads for one inference: 1 to 4, and 2 when the kernel doesn't tell} */
  public int threads() {
    return clusters.entrySet().stream()
        .max(Map.Entry.comparingByKey())
        .map(fastest -> Math.min(MOST_THREADS, fastest.getValue()))
        .orElse(THREADS_WHEN_UNKNOWN);
  }

  /** {@return what people read, such as "4 x 1.80 GHz, 4 x 2.84 GHz"; empty when unknown} */
  public String describe() {
    List<String> parts = new ArrayList<>();
    new TreeMap<>(clusters)
        .forEach(
            (kHz, count) ->
                parts.add(String.format(Locale.ROOT, "%d x %.2f GHz", count, kHz / 1e6)));
    return String.join(", ", parts);
  }
}
