package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class GrammarTest {
  private static final String FILE = "grammar.json";
  private static final Vocab VOCAB = Golden.file(FILE).vocab();

  @TestFactory
  Stream<DynamicTest> sentences() {
    return Golden.tests(
        FILE,
        "grammars",
        c -> {
          Grammar grammar = Grammar.of(c.string("grammar"), VOCAB);
          TreeSet<String> found = new TreeSet<>();
          for (int end : grammar.finals()) {
            spell(grammar, end, List.of(), found);
          }
          assertEquals(c.strings("sentences"), new ArrayList<>(found));
        });
  }

  @Test
  void theConstantsArePythons() {
    Golden constants = Golden.file(FILE).child("constants");
    assertEquals(constants.number("none_below"), Grammar.NONE_BELOW);
    assertEquals(constants.integer("nodes"), Grammar.MOST_NODES);
    assertEquals(constants.integer("arcs"), Grammar.MOST_ARCS);
    assertEquals(constants.integer("work"), Grammar.MOST_WORK);
    assertEquals(constants.integer("characters"), GrammarText.MOST_CHARACTERS);
    assertEquals(constants.integer("depth"), GrammarText.MOST_DEPTH);
  }

  /** Adds all sentences that lead to {@code node} and go on with {@code rest}. */
  private static void spell(Grammar grammar, int node, List<String> rest, Set<String> found) {
    if (node == Grammar.START) {
      found.add(Text.collapseSpace(Text.join(rest)));
      return;
    }
    List<String> longer = new ArrayList<>();
    longer.add(VOCAB.emits(grammar.token(node)));
    longer.addAll(rest);
    for (int source : grammar.sources(node)) {
      spell(grammar, source, longer, found);
    }
  }

  @TestFactory
  Stream<DynamicTest> refusals() {
    return Golden.tests(
        FILE,
        "refused",
        c -> {
          MalgwiException e =
              assertThrows(MalgwiException.class, () -> Grammar.of(c.string("grammar"), VOCAB));
          assertTrue(e.getMessage().contains(c.string("named")), e.getMessage());
        });
  }

  @TestFactory
  Stream<DynamicTest> searches() {
    return Golden.tests(
        FILE,
        "searches",
        c -> {
          List<?> scores = c.list("scores");
          int[] path =
              GrammarPath.best(
                  (frame, token) ->
                      Double.parseDouble(((List<?>) scores.get(frame)).get(token).toString()),
                  scores.size(),
                  Grammar.of(c.string("grammar"), VOCAB),
                  VOCAB);
          if (c.keys().get("path") == null) {
            assertNull(path);
          } else {
            assertArrayEquals(c.ids("path"), path);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> answers() {
    return Golden.tests(
        FILE,
        "answers",
        c -> {
          Grammar grammar =
              Grammar.of(c.string("grammar"), VOCAB).withNoneBelow(c.number("none_below"));
          List<?> rows = c.list("probabilities");
          FloatBuffer logits = FloatBuffer.allocate(rows.size() * VOCAB.size());
          for (Object row : rows) {
            ((List<?>) row)
                .forEach(p -> logits.put((float) Math.log(Double.parseDouble(p.toString()))));
          }
          logits.flip();
          GrammarDecoder decoder = new GrammarDecoder(grammar, VOCAB, 1);
          for (int frame = 0; frame < rows.size(); frame++) {
            String moving = decoder.moving(new Frames(logits, null), frame, rows.size());
            assertEquals(c.string("text"), moving);
            decoder.add(new Frames(logits, null), frame, frame + 1);
          }
          assertEquals(c.string("text"), Transcript.join(decoder.words()));
          assertEquals("", decoder.stable());
          List<Transcript.Alternative> nearest = decoder.alternatives();
          if (c.keys().get("nearest") == null) {
            assertEquals(List.of(), nearest);
          } else {
            assertEquals(c.string("nearest"), nearest.get(0).text());
            assertEquals(c.number("score"), nearest.get(0).score(), 1e-4);
          }
        });
  }

  @Test
  void noPathIsLikelier() throws MalgwiException {
    long seed = System.nanoTime();
    System.out.println("GrammarTest.noPathIsLikelier: seed " + seed);
    Random random = new Random(seed);
    Grammar grammar = Grammar.of("a\nab\nb a\naa b\n", VOCAB);
    List<String> allowed = List.of("a", "ab", "b a", "aa b");
    for (int round = 0; round < 200; round++) {
      int frames = 1 + random.nextInt(5);
      double[][] scores = new double[frames][VOCAB.size()];
      for (double[] row : scores) {
        for (int token = 0; token < row.length; token++) {
          row[token] = random.nextGaussian();
        }
      }
      double best = likeliest(scores, new int[frames], 0, allowed);
      int[] path = GrammarPath.best((f, token) -> scores[f][token], frames, grammar, VOCAB);
      double found = 0;
      for (int frame = 0; frame < frames; frame++) {
        found += scores[frame][path[frame]];
      }
      assertTrue(allowed.contains(VOCAB.decode(path)), "seed " + seed);
      assertEquals(best, found, 1e-9, "seed " + seed + ", round " + round);
    }
  }

  private static double likeliest(double[][] scores, int[] path, int done, List<String> allowed) {
    if (done == path.length) {
      double sum = 0;
      for (int frame = 0; frame < done; frame++) {
        sum += scores[frame][path[frame]];
      }
      boolean stray = path[0] == VOCAB.delimiter() || path[done - 1] == VOCAB.delimiter();
      // A delimiter stands between words only, and once.
      boolean fits = !stray && allowed.contains(spelt(path));
      return fits ? sum : Double.NEGATIVE_INFINITY;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < VOCAB.size(); token++) {
      path[done] = token;
      best = Math.max(best, likeliest(scores, path, done + 1, allowed));
    }
    return best;
  }

  /** As {@link Vocab#decode}, but every space stays. */
  private static String spelt(int[] path) {
    StringBuilder text = new StringBuilder();
    for (int frame = 0; frame < path.length; frame++) {
      boolean goesOn = frame > 0 && path[frame] == path[frame - 1];
      text.append(goesOn ? "" : VOCAB.emits(path[frame]));
    }
    return text.toString();
  }

  @Test
  void whatNeverEndsIsRefused() {
    // Each rule is twice the next: 2 to the power of 40 sentences.
    StringBuilder rules = new StringBuilder("#JSGF V1.0;\npublic <r0> = <r1> <r1>;\n");
    for (int i = 1; i < 40; i++) {
      rules.append("<r%d> = <r%d> <r%d>;\n".formatted(i, i + 1, i + 1));
    }
    refuses(rules + "<r40> = a | b;", "allow fewer sentences");
    refuses("#JSGF V1.0;\npublic <r> = " + "(".repeat(60) + "a;", "brackets in each other");
    StringBuilder deep = new StringBuilder("#JSGF V1.0;\npublic <r0> = <r1>;\n");
    for (int i = 1; i < 60; i++) {
      deep.append("<r%d> = <r%d>;\n".formatted(i, i + 1));
    }
    refuses(deep + "<r60> = a;", "rules in each other");
    refuses("a".repeat(50_001), "allow fewer sentences");
    refuses("a ".repeat(500_001), "1000002 characters; a grammar may have 1000000");
  }

  @Test
  void theDeepestGrammarFitsTheStack() throws Exception {
    StringBuilder deep = new StringBuilder("#JSGF V1.0;\n");
    for (int i = 0; i < 50; i++) {
      String inner = i == 49 ? "a" : "<r" + (i + 1) + ">";
      String isPublic = i == 0 ? "public " : "";
      deep.append(isPublic + "<r" + i + "> = ");
      deep.append("(".repeat(50) + inner + ")".repeat(50) + ";\n");
    }
    List<Object> result = new ArrayList<>();
    Runnable compile =
        () -> {
          try {
            result.add(Grammar.of(deep.toString(), VOCAB));
          } catch (MalgwiException | StackOverflowError e) {
            result.add(e);
          }
        };
    // As small as the stacks of Android's threads.
    Thread thread = new Thread(null, compile, "small stack", 1 << 20);
    thread.start();
    thread.join();
    assertTrue(result.get(0) instanceof Grammar, result.toString());
  }

  @Test
  void mutationsEndInAGrammarOrAnError() {
    long seed = System.nanoTime();
    System.out.println("GrammarTest.mutationsEndInAGrammarOrAnError: seed " + seed);
    Random random = new Random(seed);
    String good =
        "#JSGF V1.0;\ngrammar x; // c\npublic <s> = <t> [a] (b | c) /* x */;\n<t> = ab | <u>;\n"
            + "<u> = c;";
    String pieces = "<>[]()|;=#/*\n ab\u00a0\u3000\ufeff{\\\"";
    for (int round = 0; round < 30_000; round++) {
      StringBuilder text = new StringBuilder(good);
      for (int i = random.nextInt(4); i >= 0; i--) {
        int at = random.nextInt(text.length());
        char piece = pieces.charAt(random.nextInt(pieces.length()));
        switch (random.nextInt(3)) {
          case 0 -> text.setCharAt(at, piece);
          case 1 -> text.insert(at, piece);
          default -> text.deleteCharAt(at);
        }
      }
      try {
        assertNotNull(Grammar.of(text.toString(), VOCAB));
      } catch (MalgwiException e) {
        assertNotNull(e.getMessage());
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ", round " + round + ": " + text, e);
      }
    }
  }

  @Test
  void aRecognizerHearsNothingElse() throws MalgwiException {
    Recognizer recognizer = new Recognizer(new FakeModel(), FakeModel.DECODING);
    Search search = Search.of(recognizer.grammar("Hello world!\nhead\n"));
    float[] samples = FakeModel.speak("hello world", 2);
    Transcript transcript = recognizer.transcribe(samples, search);
    assertEquals("hello world", transcript.text());
    assertEquals(List.of(), transcript.alternatives());
    float[] other = FakeModel.speak("low road", 2);
    assertEquals("", recognizer.transcribe(other, search).text());
    assertEquals(1, recognizer.transcribe(other, search.withNbest(3)).alternatives().size());
    Grammar foreign = Grammar.of("a", VOCAB);
    assertThrows(
        IllegalArgumentException.class, () -> recognizer.transcribe(samples, Search.of(foreign)));
    assertThrows(IllegalArgumentException.class, () -> foreign.withNoneBelow(0.1));
  }

  private static void refuses(String text, String message) {
    MalgwiException e = assertThrows(MalgwiException.class, () -> Grammar.of(text, VOCAB), message);
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
