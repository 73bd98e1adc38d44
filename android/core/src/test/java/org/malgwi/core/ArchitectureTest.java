package org.malgwi.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private final JavaClasses core =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.malgwi.core");

  @Test
  void knowsNothingOfAndroid() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("android..", "androidx..", "com.android..", "dalvik..")
        .check(core);
  }

  @Test
  void onlyTwoModelsAndWhatTheyShareKnowOnnxruntime() {
    noClasses()
        .that()
        .haveNameNotMatching("org.malgwi.core.Onnx(Runtime|Model|Detector)(\\$.+)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.onnxruntime..")
        .check(core);
  }

  @Test
  void onlyJsonKnowsItsLibrary() {
    noClasses()
        .that()
        .haveNameNotMatching("org.malgwi.core.Json(.1)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.grack..")
        .check(core);
  }
}
