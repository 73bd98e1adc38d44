package org.malgwi.android;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static org.junit.Assert.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.Test;

/** The library is plain Android over the core, knows nothing of the app, and has a small API. */
public class ArchitectureTest {
  private static final String API = "org.malgwi.android";
  private static final String INTERNAL = "org.malgwi.android.internal";

  private final JavaClasses library =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(API);

  @Test
  public void itKnowsTheCoreAndAndroidOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.malgwi.app..", "ai.onnxruntime..", "androidx..")
        .check(library);
  }

  /** What others call; docs/android.md has a line for each. */
  @Test
  public void theApiIsWhatTheDocsTellOf() throws Exception {
    Set<String> api =
        library.stream()
            .filter(one -> one.getPackageName().equals(API) && one.isTopLevelClass())
            .filter(one -> one.getModifiers().contains(JavaModifier.PUBLIC))
            .map(JavaClass::getSimpleName)
            .collect(Collectors.toSet());
    assertEquals(
        Set.of(
            "SpeechModel",
            "Listening",
            "AudioInput",
            "Sound",
            "Microphone",
            "MicrophoneException",
            "MediaSamples",
            "Refused",
            "Unreadable"),
        api);
    String docs = Files.readString(Path.of("../../docs/android.md"));
    List<String> untold = api.stream().filter(one -> !docs.contains("`" + one + "`")).toList();
    assertEquals(List.of(), untold);
  }

  /** Who sees the API sees nothing of what lies behind it. */
  @Test
  public void noSignatureOfTheApiNamesWhatIsInternal() {
    DescribedPredicate<JavaClass> internal = JavaClass.Predicates.resideInAPackage(INTERNAL);
    noCodeUnits()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(API)
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .areNotPrivate()
        .should()
        .haveRawReturnType(internal)
        .orShould()
        .haveRawParameterTypes(DescribedPredicate.anyElementThat(internal))
        .check(library);
    noFields()
        .that()
        .areDeclaredInClassesThat()
        .resideInAPackage(API)
        .and()
        .areNotPrivate()
        .should()
        .haveRawType(internal)
        .check(library);
  }
}
