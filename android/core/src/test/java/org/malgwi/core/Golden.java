package org.malgwi.core;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** One case of a file in tests/golden, which pytest reads too. */
record Golden(Map<?, ?> keys) {
  /** What a test does with a case. */
  interface Check {
    void run(Golden golden) throws Exception;
  }

  static Path folder() {
    return Path.of(System.getProperty("malgwi.golden", "../../tests/golden"));
  }

  /** One test for each case of {@code list} in {@code file}. */
  static Stream<DynamicTest> tests(String file, String list, Check check) {
    List<Golden> cases = cases(file, list);
    if (cases.isEmpty()) {
      throw new AssertionError(file + " has no " + list);
    }
    return cases.stream().map(c -> dynamicTest(file + ": " + c.name(), () -> check.run(c)));
  }

  static List<Golden> cases(String file, String list) {
    return file(file).children(list);
  }

  /** A whole file. */
  static Golden file(String name) {
    try {
      byte[] bytes = Files.readAllBytes(folder().resolve(name));
      return new Golden((Map<?, ?>) Json.parse(bytes, name));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  String name() {
    return keys.containsKey("name") ? string("name") : keys.toString();
  }

  boolean has(String key) {
    return keys.containsKey(key);
  }

  String string(String key) {
    return (String) keys.get(key);
  }

  int integer(String key) {
    return Math.toIntExact((Long) keys.get(key));
  }

  double number(String key) {
    return ((Number) keys.get(key)).doubleValue();
  }

  List<?> list(String key) {
    return (List<?>) keys.get(key);
  }

  Golden child(String key) {
    return new Golden((Map<?, ?>) keys.get(key));
  }

  List<Golden> children(String key) {
    List<Golden> children = new ArrayList<>();
    list(key).forEach(child -> children.add(new Golden((Map<?, ?>) child)));
    return children;
  }

  List<String> strings(String key) {
    List<String> strings = new ArrayList<>();
    list(key).forEach(value -> strings.add((String) value));
    return strings;
  }

  int[] ids(String key) {
    return list(key).stream().mapToInt(id -> ((Long) id).intValue()).toArray();
  }

  /** The ids as what a model gave, each with this probability. */
  BestPath path(String key, double probability) {
    BestPath path = new BestPath();
    for (int id : ids(key)) {
      path.add(id, probability);
    }
    return path;
  }

  Vocab vocab() {
    int delimiter = keys.get("delimiter") == null ? Vocab.NONE : integer("delimiter");
    boolean jamo = "jamo".equals(keys.get("unit"));
    return new Vocab(
        strings("tokens"),
        integer("blank"),
        delimiter,
        jamo ? Text.Unit.JAMO : Text.Unit.CHARACTER,
        Normalisation.PLAIN);
  }
}
