package org.malgwi.android;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.Test;

/** The library is plain Android over the core, and knows nothing of the app. */
public class ArchitectureTest {
  @Test
  public void itKnowsTheCoreAndAndroidOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.malgwi.app..", "ai.onnxruntime..", "androidx..")
        .check(
            new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("org.malgwi.android"));
  }
}
