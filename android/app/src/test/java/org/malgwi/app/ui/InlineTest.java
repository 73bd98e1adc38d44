package org.malgwi.app.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.junit.Test;
import org.malgwi.app.ui.Inline.Style;
import org.malgwi.app.ui.Inline.Styled;

public class InlineTest {
  private static void check(String markdown, String text, Styled... styles) {
    assertEquals(markdown, new Inline(text, List.of(styles)), Inline.of(markdown));
  }

  @Test
  public void marks() {
    check("a **bold** word", "a bold word", new Styled(Style.BOLD, 2, 6));
    check("an *italic* one", "an italic one", new Styled(Style.ITALIC, 3, 9));
    check("__b__ _i_", "b i", new Styled(Style.BOLD, 0, 1), new Styled(Style.ITALIC, 2, 3));
    check("~~no~~", "no", new Styled(Style.STRUCK, 0, 2));
    check("***b***", "b", new Styled(Style.ITALIC, 0, 1), new Styled(Style.BOLD, 0, 1));
    check("**a *b* c**", "a b c", new Styled(Style.ITALIC, 2, 3), new Styled(Style.BOLD, 0, 5));
    check("**말귀**가", "말귀가", new Styled(Style.BOLD, 0, 2));
  }

  @Test
  public void whatIsNotClosedStaysAsItIs() {
    for (String plain :
        List.of(
            "2 * 3 * 4",
            "snake_case_name",
            "*",
            "**",
            "****",
            "** a **",
            "a*",
            "~a~",
            "`a",
            "[a]",
            "[a] (b)",
            "[a](b",
            "![",
            "&copy;",
            "<a@b>",
            "<https://a b>",
            "a\\b",
            "_a",
            "10^6")) {
      check(plain, plain);
    }
    check("**a *b**", "a *b", new Styled(Style.BOLD, 0, 4));
    check("*a **b*", "a **b", new Styled(Style.ITALIC, 0, 5));
  }

  @Test
  public void codeIsTakenAsItIs() {
    check("run `a *b* \\_`.", "run a *b* \\_.", new Styled(Style.CODE, 4, 12));
    check("`` ` ``", "`", new Styled(Style.CODE, 0, 1));
    check("` `", " ", new Styled(Style.CODE, 0, 1));
  }

  @Test
  public void escapesAndEntities() {
    check("\\*a\\* 1\\_000 \\\\", "*a* 1_000 \\");
    check("a &lt; b &amp;&amp; &quot;c&quot;", "a < b && \"c\"");
  }

  /** Nothing leads anywhere; but whoever wants to go there can read where it is. */
  @Test
  public void linksAreText() {
    check(
        "see [the **docs**](https://example.org/a_b_c \"Title\")!",
        "see the docs (https://example.org/a_b_c)!",
        new Styled(Style.BOLD, 8, 12));
    check("[here](docs/app.md)", "here");
    check("[f(x)](https://e.org/a(b))", "f(x) (https://e.org/a(b))");
    check("<https://example.org>", "https://example.org");
    check("[https://e.org](https://e.org)", "https://e.org");
    check("![a picture](https://example.org/p.png)", "a picture");
    check("[x](javascript:alert(1))", "x");
    check("[[a](b)](c)", "[a](b)");
  }

  /**
   * As long as anybody makes them; each of these would never end if every mark looked for its own.
   */
  @Test
  public void hostileOnes() {
    for (String part :
        List.of(
            "*",
            "*a",
            "**a *b ",
            "_a ",
            "`",
            "` `` ",
            "[",
            "[a](",
            "![[",
            "<",
            "&",
            "\\",
            "~~a",
            "a**b_c*d~~",
            "((",
            "]( ")) {
      String text = part.repeat(60_000 / part.length());
      Inline inline = Inline.of(text);
      assertTrue(part, inline.text().length() <= text.length());
      for (Styled one : inline.styles()) {
        assertTrue(part, one.start() < one.end() && one.end() <= inline.text().length());
      }
    }
  }
}
