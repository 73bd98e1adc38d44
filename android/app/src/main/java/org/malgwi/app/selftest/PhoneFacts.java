package org.malgwi.app.selftest;

import android.app.ActivityManager;
import android.content.Context;
import android.os.Build;
import android.os.Debug;
import android.system.Os;
import android.system.OsConstants;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.malgwi.app.platform.Platform;
import org.malgwi.core.Cores;

/** What the phone tells of itself. */
final class PhoneFacts {
  private PhoneFacts() {}

  static void report(Context context, Report report) {
    Step section = Step.PHONE;
    report.put(section, "maker", Build.MANUFACTURER);
    report.put(section, "model", Build.MODEL);
    report.put(section, "chip", Platform.chip());
    report.put(section, "build", Build.DISPLAY);
    report.put(section, "sdk", Build.VERSION.SDK_INT);
    report.put(section, "abis", List.of(Build.SUPPORTED_ABIS));
    report.put(section, "page_bytes", Os.sysconf(OsConstants._SC_PAGESIZE));
    report.put(section, "cpu_features", cpuFeatures());
    report.put(section, "cores", Runtime.getRuntime().availableProcessors());
    String clusters = Cores.here().describe();
    report.put(section, "clusters", clusters.isEmpty() ? null : clusters);
    ActivityManager.MemoryInfo memory = new ActivityManager.MemoryInfo();
    context.getSystemService(ActivityManager.class).getMemoryInfo(memory);
    report.put(section, "ram_mb", memory.totalMem / 1_000_000);
    report.put(section, "ram_free_mb", memory.availMem / 1_000_000);
  }

  /** Memory and heat of now. */
  static void reportLoad(Context context, Report report, Step section, String when) {
    report.put(section, "peak_memory_mb_" + when, megabytes("VmHWM"));
    report.put(section, "memory_mb_" + when, megabytes("VmRSS"));
    report.put(section, "native_heap_mb_" + when, Debug.getNativeHeapAllocatedSize() / 1_000_000);
    report.put(section, "thermal_status_" + when, Platform.thermalStatus(context));
    report.put(section, "thermal_headroom_" + when, Platform.thermalHeadroom(context));
  }

  /**
   * Memory of now, after what nobody needs was thrown away. Anonymous memory is told by Linux 4.5
   * and later; phones of Android 8 may have an older one.
   */
  static MemorySoak.Reading memory() {
    Runtime.getRuntime().gc();
    return new MemorySoak.Reading(Debug.getNativeHeapAllocatedSize(), bytes("RssAnon"));
  }

  private static String cpuFeatures() {
    for (String line : lines(new File("/proc/cpuinfo"))) {
      if (line.startsWith("Features") || line.startsWith("flags")) {
        return line.substring(line.indexOf(':') + 1).trim();
      }
    }
    return null;
  }

  private static Long megabytes(String key) {
    Long bytes = bytes(key);
    return bytes == null ? null : (Long) (bytes / 1_000_000);
  }

  private static Long bytes(String key) {
    for (String line : lines(new File("/proc/self/status"))) {
      if (line.startsWith(key + ":")) {
        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
      }
    }
    return null;
  }

  private static List<String> lines(File file) {
    try {
      Path path = file.toPath();
      return Files.readAllLines(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return List.of();
    }
  }
}
