package org.malgwi.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What the XML files of the app must obey; read as they are, without Android. */
public class ResourcesTest {
  private static final File MAIN = new File("src/main");
  private static final File RES = new File(MAIN, "res");
  private static final String ANDROID = "http://schemas.android.com/apk/res/android";
  private static final Pattern ARGUMENT =
      Pattern.compile("%(\\d+\\$)?[-#+ 0,(]*\\d*(\\.\\d+)?[a-zA-Z%]");

  private static Document parse(File file) {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    try {
      return factory.newDocumentBuilder().parse(file);
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new AssertionError(file + " can't be read", e);
    }
  }

  private static List<Element> elements(NodeList nodes) {
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i).getNodeType() == Node.ELEMENT_NODE) {
        elements.add((Element) nodes.item(i));
      }
    }
    return elements;
  }

  private static List<File> files(String folderPrefix) {
    List<File> files = new ArrayList<>();
    for (File folder : RES.listFiles((parent, name) -> name.startsWith(folderPrefix))) {
      files.addAll(List.of(folder.listFiles((parent, name) -> name.endsWith(".xml"))));
    }
    assertTrue("no files in " + RES.getAbsolutePath(), !files.isEmpty());
    return files;
  }

  /** Names of all strings of a language, each with its text. */
  private static Map<String, String> strings(String folder) {
    Map<String, String> strings = new TreeMap<>();
    for (File file : new File(RES, folder).listFiles((f, name) -> name.startsWith("strings"))) {
      for (Element one : elements(parse(file).getDocumentElement().getChildNodes())) {
        if ("false".equals(one.getAttribute("translatable"))) {
          continue;
        }
        String name = one.getAttribute("name");
        String before = strings.put(name, one.getTextContent());
        assertEquals(name + " stands twice in " + folder, null, before);
      }
    }
    return strings;
  }

  /**
   * Each by what other words there are for it, and the names of strings that mean another thing.
   */
  @Test
  public void oneKoreanWordForOneThing() {
    Map<String, List<String>> others =
        Map.of(
            "받아 ?적|옮겨 ?적|받아쓰|전사", List.of(), // to write down: 글로 옮기다
            "완료", List.of(), // done: 마침
            "폐기|버립", List.of(), // to discard: 버리기
            "지우|지워|지웠", List.of("keyboard_delete", "history_clear")); // to delete: 삭제
    List<String> found = new ArrayList<>();
    strings("values-ko")
        .forEach(
            (name, text) ->
                others.forEach(
                    (words, allowed) -> {
                      if (!allowed.contains(name) && Pattern.compile(words).matcher(text).find()) {
                        found.add(name + ": " + text);
                      }
                    }));
    assertEquals(List.of(), found);
  }

  private static List<String> arguments(String text) {
    TreeSet<String> arguments = new TreeSet<>();
    Matcher matcher = ARGUMENT.matcher(text);
    while (matcher.find()) {
      arguments.add(matcher.group());
    }
    return List.copyOf(arguments);
  }

  @Test
  public void everyStringIsInBothLanguages() {
    Map<String, String> english = strings("values");
    Map<String, String> korean = strings("values-ko");
    assertEquals(english.keySet(), korean.keySet());
    assertTrue("" + english.size(), english.size() > 50);
  }

  @Test
  public void bothLanguagesTakeTheSameArguments() {
    Map<String, String> korean = strings("values-ko");
    strings("values")
        .forEach((name, text) -> assertEquals(name, arguments(text), arguments(korean.get(name))));
  }

  @Test
  public void koreanIsKorean() {
    // Names, units and formats have no words.
    Pattern hangul = Pattern.compile("[가-힣]");
    List<String> foreign = new ArrayList<>();
    strings("values-ko")
        .forEach(
            (name, text) -> {
              String words = ARGUMENT.matcher(text).replaceAll("");
              boolean hasWords = Pattern.compile("[a-z]{4,}").matcher(words).find();
              if (hasWords && !hangul.matcher(text).find()) {
                foreign.add(name + ": " + text);
              }
            });
    assertEquals(List.of(), foreign);
  }

  @Test
  public void layoutsHoldNoWordsNoSidesAndNoNamelessPictures() {
    List<String> wrong = new ArrayList<>();
    for (File file : files("layout")) {
      for (Element view : elements(parse(file).getElementsByTagName("*"))) {
        String where =
            file.getParentFile().getName() + "/" + file.getName() + " " + view.getTagName();
        for (String attribute : List.of("text", "hint", "contentDescription", "title")) {
          String value = view.getAttributeNS(ANDROID, attribute);
          if (!value.isEmpty() && !value.startsWith("@string/")) {
            wrong.add(where + ": " + attribute + " is \"" + value + "\"; expected a @string");
          }
        }
        for (int i = 0; i < view.getAttributes().getLength(); i++) {
          String name = view.getAttributes().item(i).getLocalName();
          String value = view.getAttributes().item(i).getNodeValue();
          boolean sided = name != null && name.matches(".*(Left|Right)$|.*_to(Left|Right)Of");
          boolean drawn = "gravity".equals(name) && value.matches(".*\\b(left|right)\\b.*");
          if (sided || drawn) {
            wrong.add(where + ": " + name + "; expected start or end");
          }
        }
        // What a button is called may change while it is used: see ScreensTest.
        if (view.getTagName().equals("ImageView")
            && view.getAttributeNS(ANDROID, "contentDescription").isEmpty()
            && !view.getAttributeNS(ANDROID, "importantForAccessibility").equals("no")) {
          wrong.add(where + " has no contentDescription and isn't left out for screen readers");
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  public void everyComponentHasAClassAndSaysWhetherItIsExported() throws Exception {
    List<String> exported = new ArrayList<>();
    Document manifest = parse(new File(MAIN, "AndroidManifest.xml"));
    for (String kind : List.of("activity", "service", "provider", "receiver")) {
      for (Element one : elements(manifest.getElementsByTagName(kind))) {
        String name = one.getAttributeNS(ANDROID, "name");
        Class<?> found = Class.forName(name, false, getClass().getClassLoader());
        assertEquals(name, found.getName());
        switch (one.getAttributeNS(ANDROID, "exported")) {
          case "true" -> exported.add(found.getSimpleName());
          case "false" -> {}
          default -> throw new AssertionError(name + " doesn't say whether it is exported");
        }
      }
    }
    assertEquals(
        List.of(
            "MainActivity",
            "OpenAudioActivity",
            "ImportActivity",
            "RecognizeSpeechActivity",
            "SettingsActivity",
            "MalgwiRecognitionService",
            "VoiceKeyboard",
            "SpeakTile"),
        exported);
  }

  @Test
  public void thePermissionsAreThese() {
    TreeSet<String> permissions = new TreeSet<>();
    Document manifest = parse(new File(MAIN, "AndroidManifest.xml"));
    for (Element one : elements(manifest.getElementsByTagName("uses-permission"))) {
      permissions.add(one.getAttributeNS(ANDROID, "name").replace("android.permission.", ""));
    }
    assertEquals(
        List.of(
            "FOREGROUND_SERVICE",
            "FOREGROUND_SERVICE_DATA_SYNC",
            "FOREGROUND_SERVICE_MICROPHONE",
            "POST_NOTIFICATIONS",
            "RECORD_AUDIO",
            "WAKE_LOCK"),
        List.copyOf(permissions));
  }

  private static Map<String, Integer> colours(String folder) {
    Map<String, Integer> colours = new TreeMap<>();
    for (Element one :
        elements(parse(new File(RES, folder + "/colors.xml")).getElementsByTagName("color"))) {
      long value = Long.parseLong(one.getTextContent().trim().substring(1), 16);
      boolean opaque = one.getTextContent().trim().length() == 7;
      colours.put(one.getAttribute("name"), (int) (opaque ? 0xFF000000L | value : value));
    }
    return colours;
  }

  /** WCAG 2.2, "relative luminance". */
  private static double luminance(int colour) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
      double value = ((colour >> (16 - 8 * i)) & 0xFF) / 255.0;
      sum +=
          weights[i] * (value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4));
    }
    return sum;
  }

  /** WCAG 2.2, "contrast ratio", of a colour that may let its ground through. */
  private static double contrast(int colour, int ground) {
    double alpha = (colour >>> 24) / 255.0;
    int seen = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
      double mixed = alpha * ((colour >> shift) & 0xFF) + (1 - alpha) * ((ground >> shift) & 0xFF);
      seen |= (int) Math.round(mixed) << shift;
    }
    double one = luminance(seen);
    double other = luminance(ground);
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  }

  @Test
  public void contrastIsThatOfTheStandard() {
    assertEquals(21, contrast(0xFF000000, 0xFFFFFFFF), 1e-9);
    assertEquals(1, contrast(0x00000000, 0xFF123456), 1e-9);
    assertEquals(4.54, contrast(0xFF767676, 0xFFFFFFFF), 0.005);
  }

  /** Android 8.0 has white buttons there, later ones take the colour that the ground needs. */
  @Test
  public void buttonsOfTheNavigationBarCanBeSeen() {
    int scrim = colours("values").get("navigation_bar");
    int shade = 0xFF - (scrim >>> 24);
    assertEquals("black", 0, scrim & 0xFFFFFF);
    int white = shade << 16 | shade << 8 | shade; // what is left of white behind it
    assertTrue("" + contrast(0xFFFFFFFF, white), contrast(0xFFFFFFFF, white) >= 3);
    for (String folder : List.of("values", "values-night")) {
      List<String> said = new ArrayList<>();
      for (Element item :
          elements(parse(new File(RES, folder + "/styles.xml")).getElementsByTagName("item"))) {
        if (item.getAttribute("name").equals("android:windowLightNavigationBar")) {
          said.add(item.getTextContent());
        }
      }
      assertEquals(folder, List.of("@bool/light"), said);
    }
  }

  @Test
  public void everyTextCanBeReadOnEveryGround() {
    Map<String, List<String>> grounds =
        Map.of(
            "text", List.of("ground", "card", "accent_soft"),
            "text_soft", List.of("ground", "card", "accent_soft"),
            "text_moving", List.of("ground"),
            "accent", List.of("ground", "card", "accent_soft"),
            "error", List.of("ground", "card"),
            "on_accent", List.of("accent"));
    Map<String, Integer> light = colours("values");
    Map<String, Integer> dark = new TreeMap<>(light);
    dark.putAll(colours("values-night"));
    List<String> poor = new ArrayList<>();
    for (Map<String, Integer> theme : List.of(light, dark)) {
      grounds.forEach(
          (text, under) -> {
            for (String ground : under) {
              double contrast = contrast(theme.get(text), theme.get(ground));
              if (contrast < 4.5) {
                String name = theme == light ? "light" : "dark";
                poor.add(String.format("%s: %s on %s %.2f", name, text, ground, contrast));
              }
            }
          });
    }
    assertEquals(List.of(), poor);
  }
}
