package org.malgwi.android;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What the AAR puts into the app that it is built into. */
public class AarTest {
  private static List<Element> manifest() throws Exception {
    NodeList all;
    try (ZipFile aar = open();
        InputStream in = aar.getInputStream(aar.getEntry("AndroidManifest.xml"))) {
      all =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(in)
              .getElementsByTagName("*");
    }
    List<Element> elements = new ArrayList<>();
    for (int i = 0; i < all.getLength(); i++) {
      elements.add((Element) all.item(i));
    }
    return elements;
  }

  private static ZipFile open() throws IOException {
    return new ZipFile(System.getProperty("malgwi.aar"));
  }

  /** No component, and no device without a microphone from which a shop would hide the app. */
  @Test
  public void itAsksForTheMicrophoneAndNothingElse() throws Exception {
    List<String> said = new ArrayList<>();
    for (Element one : manifest()) {
      said.add(
          (one.getTagName()
                  + " "
                  + one.getAttribute("package")
                  + one.getAttribute("android:minSdkVersion")
                  + one.getAttribute("android:name")
                  + " "
                  + one.getAttribute("android:required"))
              .trim());
    }
    assertEquals(
        List.of(
            "manifest org.malgwi.android",
            "uses-sdk 26",
            "uses-permission android.permission.RECORD_AUDIO",
            "uses-feature android.hardware.microphone false"),
        said);
  }

  @Test
  public void itHoldsNothingElse() throws Exception {
    Set<String> names = new TreeSet<>();
    try (ZipFile aar = open()) {
      aar.stream().map(ZipEntry::getName).forEach(names::add);
    }
    assertEquals(Set.of("AndroidManifest.xml", "R.txt", "classes.jar", "proguard.txt"), names);
  }

  /** The licence asks whoever passes it on to give both along. */
  @Test
  public void itBringsItsLicence() throws Exception {
    Set<String> names = new TreeSet<>();
    try (ZipFile aar = open();
        ZipInputStream jar = new ZipInputStream(aar.getInputStream(aar.getEntry("classes.jar")))) {
      ZipEntry entry;
      while ((entry = jar.getNextEntry()) != null) {
        if (entry.getName().startsWith("META-INF/") && !entry.isDirectory()) {
          names.add(entry.getName());
        }
      }
    }
    assertTrue(names.toString(), names.containsAll(Set.of("META-INF/LICENSE", "META-INF/NOTICE")));
  }
}
