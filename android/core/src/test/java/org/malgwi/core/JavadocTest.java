package org.malgwi.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** What others call says of itself all that javadoc asks for. */
class JavadocTest {
  /** It takes what the record's own comment tells of; Java 17 wants it told twice. */
  private static final Pattern COMPACT_CONSTRUCTOR = Pattern.compile(" *public [A-Z]\\w+ \\{");

  @Test
  void everyParameterResultAndExceptionIsDocumented() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(said, null, UTF_8);
        Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      List<Path> java = sources.filter(path -> path.toString().endsWith(".java")).toList();
      List<String> options = List.of("-proc:none", "-Xdoclint:all/public", "-Xmaxwarns", "999");
      ((JavacTask)
              compiler.getTask(
                  null, files, said, options, null, files.getJavaFileObjectsFromPaths(java)))
          .analyze();
    }
    List<String> wrong = new ArrayList<>();
    for (Diagnostic<? extends JavaFileObject> one : said.getDiagnostics()) {
      JavaFileObject source = one.getSource();
      long line = one.getLineNumber();
      String text =
          source == null
              ? ""
              : source.getCharContent(true).toString().lines().skip(line - 1).findFirst().get();
      if (!COMPACT_CONSTRUCTOR.matcher(text).matches()) {
        wrong.add(one.getMessage(Locale.ROOT) + " at " + source + ":" + line);
      }
    }
    assertEquals(List.of(), wrong);
  }
}
