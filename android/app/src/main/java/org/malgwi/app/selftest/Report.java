package org.malgwi.app.selftest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * What a self-test found, in sections, for people elsewhere: English, with units in the keys. Used
 * by one thread.
 */
final class Report {
  /** What a section comes to; the worst of them is the whole's. */
  enum Verdict {
    PASS,
    WARN,
    FAIL
  }

  static final String UNAVAILABLE = "unavailable";

  private final Map<Step, Map<String, Object>> sections = new LinkedHashMap<>();
  private final Map<Step, Verdict> verdicts = new LinkedHashMap<>();

  /**
   * Notes a fact.
   *
   * @param value a string, number, boolean, or a list or map of them; null: this phone doesn't tell
   */
  void put(Step section, String key, Object value) {
    sections.computeIfAbsent(section, missing -> new LinkedHashMap<>());
    sections.get(section).put(key, value == null ? UNAVAILABLE : value);
    verdicts.putIfAbsent(section, Verdict.PASS);
  }

  /** Notes a verdict, unless a worse one stands, and why. */
  void judge(Step section, Verdict verdict, String why) {
    put(section, verdict == Verdict.FAIL ? "failed" : "warning", why);
    verdicts.merge(section, verdict, (a, b) -> a.compareTo(b) > 0 ? a : b);
  }

  /** What a section came to, or null when it wasn't reached. */
  Verdict verdict(Step section) {
    return verdicts.get(section);
  }

  /** The worst verdict of all. */
  Verdict verdict() {
    return verdicts.values().stream().max(Verdict::compareTo).orElse(Verdict.FAIL);
  }

  /** A fact, or null. */
  Object get(Step section, String key) {
    Map<String, Object> facts = sections.get(section);
    return facts == null ? null : facts.get(key);
  }

  /** The report for programs. */
  String json() {
    try {
      JSONObject json = new JSONObject();
      json.put("malgwi_self_test", 1);
      json.put("verdict", verdict().name());
      for (Map.Entry<Step, Map<String, Object>> section : sections.entrySet()) {
        JSONObject facts = (JSONObject) json(section.getValue());
        facts.put("verdict", verdicts.get(section.getKey()).name());
        json.put(section.getKey().key(), facts);
      }
      return json.toString(1) + "\n";
    } catch (JSONException e) {
      throw new IllegalStateException("only numbers that are none can't be written", e);
    }
  }

  private static Object json(Object value) throws JSONException {
    if (value instanceof Map<?, ?> map) {
      JSONObject json = new JSONObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.put((String) entry.getKey(), json(entry.getValue()));
      }
      return json;
    }
    if (value instanceof List<?> list) {
      JSONArray json = new JSONArray();
      for (Object one : list) {
        json.put(json(one));
      }
      return json;
    }
    return value;
  }

  /** The report for people. */
  String text() {
    StringBuilder text = new StringBuilder("Malgwi self-test: ").append(verdict()).append('\n');
    sections.forEach(
        (section, facts) -> {
          text.append('\n').append(section.key()).append(": ").append(verdicts.get(section));
          text.append('\n');
          facts.forEach((key, value) -> append(text, "  ", key, value));
        });
    return text.toString();
  }

  private static void append(StringBuilder text, String indent, String key, Object value) {
    text.append(indent).append(key).append(':');
    if (value instanceof Map<?, ?> map) {
      text.append('\n');
      map.forEach((name, one) -> append(text, indent + "  ", (String) name, one));
    } else if (value instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
      text.append('\n');
      for (int i = 0; i < list.size(); i++) {
        append(text, indent + "  ", String.valueOf(i + 1), list.get(i));
      }
    } else {
      text.append(' ').append(value).append('\n');
    }
  }
}
