package org.malgwi.core;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys of one JSON object from outside, each read with its type and range. */
final class Fields {
  private final Map<?, ?> keys;
  private final String where;

  /**
   * @param value what was parsed; must be an object
   * @param where names the object in errors
   */
  Fields(@Nullable Object value, String where) throws MalgwiException {
    if (!(value instanceof Map<?, ?> map)) {
      throw new MalgwiException(where + ": found " + shown(value) + "; expected a JSON object");
    }
    this.keys = map;
    this.where = where;
  }

  boolean has(String key) {
    return keys.containsKey(key);
  }

  @Nullable Object get(String key) {
    return keys.get(key);
  }

  Map<?, ?> all() {
    return keys;
  }

  Fields object(String key) throws MalgwiException {
    return new Fields(keys.get(key), where + ": " + key);
  }

  List<?> list(String key, int least, int most) throws MalgwiException {
    if (keys.get(key) instanceof List<?> list && list.size() >= least && list.size() <= most) {
      return list;
    }
    throw wrong(key, "a list of " + least + " to " + most);
  }

  long integer(String key, long least, long most) throws MalgwiException {
    if (keys.get(key) instanceof Long value && value >= least && value <= most) {
      return value;
    }
    throw wrong(key, least == most ? "" + least : "an integer from " + least + " to " + most);
  }

  double number(String key, double least, double most) throws MalgwiException {
    if (keys.get(key) instanceof Number value
        && value.doubleValue() >= least
        && value.doubleValue() <= most) {
      return value.doubleValue();
    }
    throw wrong(key, "a number from " + least + " to " + most);
  }

  String string(String key) throws MalgwiException {
    if (keys.get(key) instanceof String value) {
      return value;
    }
    throw wrong(key, "a string");
  }

  /** A string of 1 to {@code most} characters, all printable. */
  String text(String key, int most) throws MalgwiException {
    if (keys.get(key) instanceof String value
        && !value.isEmpty()
        && value.codePointCount(0, value.length()) <= most
        && value.codePoints().allMatch(Fields::isPrintable)) {
      return value;
    }
    throw wrong(key, "a string of 1 to " + most + " characters, none a control character");
  }

  MalgwiException wrong(String key, String expected) {
    return wrong(key, keys.get(key), expected);
  }

  MalgwiException wrong(String key, @Nullable Object found, String expected) {
    return new MalgwiException(
        where + ": " + key + " is " + shown(found) + "; expected " + expected + ". Export again");
  }

  private static String shown(@Nullable Object value) {
    String text = value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
