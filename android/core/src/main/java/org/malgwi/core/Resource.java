package org.malgwi.core;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A file that lies beside the classes: one of the tables that Python reads too. */
final class Resource {
  private Resource() {}

  static List<String> lines(String name) {
    // By its whole name: where an app is shrunk, this class has another package, and files stay.
    try (InputStream in = Resource.class.getResourceAsStream("/org/malgwi/core/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " isn't beside the classes of org.malgwi.core");
      }
      BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      List<String> lines = new ArrayList<>();
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
      return lines;
    } catch (IOException e) {
      throw new IllegalStateException(name + " can't be read", e);
    }
  }
}
