package org.malgwi.core;

import com.grack.nanojson.JsonParser;
import com.grack.nanojson.JsonParserException;
import com.grack.nanojson.JsonReader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * JSON from outside, read strictly: UTF-8, no key twice in one object, no half of a surrogate pair,
 * nesting of 64 at most. Values become Map, List, String, Boolean, Long (a number without fraction
 * or exponent), Double (any other number) or null.
 */
final class Json {
  private static final int DEEPEST = 64;
  private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,18}");

  private final JsonReader json;
  private final String where;

  private Json(JsonReader json, String where) {
    this.json = json;
    this.where = where;
  }

  static @Nullable Object parse(byte[] utf8, String where) throws MalgwiException {
    try {
      return parse(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString(), where);
    } catch (CharacterCodingException e) {
      throw new MalgwiException(where + ": not UTF-8; export it again", e);
    }
  }

  static @Nullable Object parse(String text, String where) throws MalgwiException {
    try {
      // The reader checks nesting and keys but stops after the value; the parser, which would not
      // notice those, insists on the end of the text.
      Object value = new Json(JsonReader.from(new StringReader(text)), where).value(0);
      JsonParser.any().from(text);
      return value;
    } catch (JsonParserException e) {
      throw unreadable(where, e.getMessage(), e);
    }
  }

  private static MalgwiException unreadable(
      String where, @Nullable String why, @Nullable Throwable cause) {
    return new MalgwiException(
        where + ": not readable as JSON (" + why + "); export it again", cause);
  }

  private @Nullable Object value(int depth) throws JsonParserException, MalgwiException {
    return switch (json.current()) {
      case OBJECT -> object(depth + 1);
      case ARRAY -> array(depth + 1);
      case STRING -> whole(json.string());
      case BOOLEAN -> json.bool();
      case NUMBER -> number(json.number().toString());
      default -> {
        json.nul();
        yield null;
      }
    };
  }

  private Object number(String text) throws MalgwiException {
    if (INTEGER.matcher(text).matches()) {
      return Long.valueOf(text);
    }
    Double number = Double.valueOf(text);
    if (number.isInfinite()) {
      throw unreadable(where, "a number is more than a double can hold", null);
    }
    return number;
  }

  private Map<String, @Nullable Object> object(int depth)
      throws JsonParserException, MalgwiException {
    checkDepth(depth);
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    json.object();
    while (json.next()) {
      String key = whole(json.key());
      if (object.containsKey(key)) {
        throw unreadable(where, "key \"" + key + "\" occurs twice", null);
      }
      object.put(key, value(depth));
    }
    return object;
  }

  private List<@Nullable Object> array(int depth) throws JsonParserException, MalgwiException {
    checkDepth(depth);
    List<@Nullable Object> array = new ArrayList<>();
    json.array();
    while (json.next()) {
      array.add(value(depth));
    }
    return array;
  }

  private void checkDepth(int depth) throws MalgwiException {
    if (depth > DEEPEST) {
      throw unreadable(where, "nested more than " + DEEPEST + " deep", null);
    }
  }

  private String whole(String text) throws MalgwiException {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw unreadable(where, "half of a surrogate pair", null);
    }
    return text;
  }
}
