package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The licence asks whoever passes the jar on to give both along. */
class LicenceTest {
  @ParameterizedTest
  @ValueSource(strings = {"LICENSE", "NOTICE"})
  void itIsInTheJar(String name) throws Exception {
    URI classes = Recognizer.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    Path packed = Path.of(classes).resolve("META-INF").resolve(name);
    assertEquals(Files.readString(Path.of("../..", name)), Files.readString(packed));
  }
}
