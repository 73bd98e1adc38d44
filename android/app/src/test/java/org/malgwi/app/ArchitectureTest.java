package org.malgwi.app;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.Test;

/** The rooms of the app and their one direction, as docs/app.md draws them. */
public class ArchitectureTest {
  private static final String ROOT = "org.malgwi.app";

  /** From the ground up: a room knows rooms of lower layers, and none of its own layer. */
  private static final List<List<String>> LAYERS =
      List.of(
          List.of("platform", "preferences", "sound"),
          List.of("ui", "share"),
          List.of("problem"),
          List.of("models"),
          List.of("history", "listen"),
          List.of("backup", "dictate", "files", "speak"),
          List.of("selftest", "settings"));

  private static final JavaClasses APP =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  private static String in(String room) {
    return ROOT + "." + room + "..";
  }

  /** What composes the rooms; the ids of resources are there too, and for all. */
  private static DescribedPredicate<JavaClass> theTop() {
    return resideInAPackage(ROOT)
        .and(
            DescribedPredicate.describe(
                "not the ids of resources", one -> !one.getName().matches(ROOT + "\\.R(\\$.*)?")));
  }

  @Test
  public void everyClassHasARoom() {
    String[] rooms =
        LAYERS.stream().flatMap(List::stream).map(ArchitectureTest::in).toArray(String[]::new);
    classes()
        .should()
        .resideInAnyPackage(Stream.concat(Stream.of(ROOT), Stream.of(rooms)).toArray(String[]::new))
        .check(APP);
  }

  @Test
  public void roomsKnowOnlyLowerOnes() {
    for (int layer = 0; layer < LAYERS.size(); layer++) {
      for (String room : LAYERS.get(layer)) {
        List<String> others = new ArrayList<>();
        LAYERS.subList(layer, LAYERS.size()).forEach(others::addAll);
        others.remove(room);
        String[] closed = others.stream().map(ArchitectureTest::in).toArray(String[]::new);
        noClasses()
            .that()
            .resideInAPackage(in(room))
            .should()
            .dependOnClassesThat(resideInAnyPackage(closed).or(theTop()))
            .check(APP);
      }
    }
  }

  /** Whatever the layers say. */
  @Test
  public void roomsHaveNoCircles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(APP);
  }

  @Test
  public void itIsPlainAndroid() {
    noClasses().should().dependOnClassesThat().resideInAPackage("androidx..").check(APP);
  }
}
