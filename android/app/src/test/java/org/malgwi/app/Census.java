package org.malgwi.app;

import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** What the heap holds by the JVM's own count of live objects, after a full collection. */
public final class Census {
  /** Instances and bytes of arrays of numbers, as in " 12: 345 67890 [F". */
  private static final Pattern ARRAYS =
      Pattern.compile("\\d+:\\s+\\d+\\s+(\\d+)\\s+\\[[BSIJFD]\\s");

  private Census() {}

  /** Bytes of all arrays of numbers that are alive: whatever form sound is kept in, it is there. */
  public static long bytesOfNumbers() throws JMException {
    String counts =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    long bytes = 0;
    Matcher arrays = ARRAYS.matcher(counts);
    while (arrays.find()) {
      bytes += Long.parseLong(arrays.group(1));
    }
    if (bytes == 0) {
      throw new AssertionError("no arrays are counted in " + counts);
    }
    return bytes;
  }
}
