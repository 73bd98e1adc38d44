package org.malgwi.app.ui;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.graphics.Typeface;
import android.text.Spanned;
import android.text.style.ClickableSpan;
import android.text.style.LeadingMarginSpan;
import android.text.style.RelativeSizeSpan;
import android.text.style.StyleSpan;
import android.text.style.TypefaceSpan;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;

@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class MarkdownTest {
  private static Spanned styled(String... lines) {
    return (Spanned) Markdown.styled(String.join("\n", lines), 16);
  }

  private static void check(String text, String... lines) {
    assertEquals(text, styled(lines).toString());
  }

  /** What a kind of span lies on. */
  private static List<String> under(Spanned text, Class<?> kind) {
    List<String> found = new ArrayList<>();
    for (Object span : text.getSpans(0, text.length(), kind)) {
      found.add(text.subSequence(text.getSpanStart(span), text.getSpanEnd(span)).toString());
    }
    return found;
  }

  @Test
  public void headingsAndParagraphs() {
    Spanned text =
        styled(
            "# demo",
            "",
            "A speech recogniser",
            "of the *family*.  ",
            "Language: en.",
            "",
            "## Run ##",
            "");
    assertEquals(
        "demo\n\nA speech recogniser of the family.\nLanguage: en.\n\nRun", text.toString());
    assertEquals(List.of("demo", "family", "Run"), under(text, StyleSpan.class));
    assertEquals(1.25f, text.getSpans(0, 4, RelativeSizeSpan.class)[0].getSizeChange(), 1e-6f);
    check("One\n\nTwo\n\nx", "One", "===", "Two", "---", "x");
    check("#one\n\n####### seven\n\nsix", "#one", "", "####### seven", "###### six");
  }

  @Test
  public void lists() {
    Spanned text =
        styled(
            "Trained:",
            "- from: starter",
            "- weights: 7,622,300",
            "  and more",
            "    - deeper",
            "",
            "- clips: 360",
            "",
            "1. one",
            "2) two");
    assertEquals(
        "Trained:\n\n• from: starter\n• weights: 7,622,300 and more\n• deeper\n• clips: 360\n1. one\n2) two",
        text.toString());
    LeadingMarginSpan[] margins = text.getSpans(0, text.length(), LeadingMarginSpan.class);
    assertEquals(List.of(0, 0, 16, 0, 0, 0), firsts(margins));
    check("-5 degrees and\n\n• a", "-5 degrees and", "* a");
  }

  private static List<Integer> firsts(LeadingMarginSpan... spans) {
    List<Integer> firsts = new ArrayList<>();
    for (LeadingMarginSpan span : spans) {
      firsts.add(span.getLeadingMargin(true));
    }
    return firsts;
  }

  @Test
  public void codeKeepsItsLines() {
    Spanned text =
        styled(
            "## Run",
            "",
            "    malgwi transcribe *a*",
            "      b",
            "",
            "```sh",
            "# c",
            "",
            "d",
            "```",
            "`e`");
    assertEquals(
        List.of("malgwi transcribe *a*\n  b", "# c\n\nd", "e"), under(text, TypefaceSpan.class));
    assertEquals("Run\n\nmalgwi transcribe *a*\n  b\n\n# c\n\nd\n\ne", text.toString());
    check("never closed\n#", "~~~", "never closed", "#");
    check("license: mit\n\ncard", "---", "license: mit", "---", "card");
    check("a\n b\n\tc", "\ta", " \t b", "\t\tc");
    check("a\nb", "   \ta", " \tb");
  }

  /**
   * A row says what it is about, and of each figure what it is: it fits any width, and is heard so.
   */
  @Test
  public void tablesBecomeLines() {
    Spanned text =
        styled(
            "| | WER | 10^6 bytes |",
            "| --- | --- | :-: |",
            "| fp32 | 0.0899 | 30.7 |",
            "| this \\| model | **0.0941** |",
            "",
            "below");
    assertEquals(
        "fp32: WER 0.0899 · 10^6 bytes 30.7\nthis | model: WER 0.0941\n\nbelow", text.toString());
    assertEquals(List.of("fp32", "this | model", "0.0941"), under(text, StyleSpan.class));
    check("a · b", "a | b", "--|--");
    check("a | b -- c", "a | b", "-- c");
  }

  /** Else a card of 64,000 bytes would have 250 million letters. */
  @Test
  public void longNamesOfColumnsAreSaidUntilTheyAreLongerThanTheText() {
    String name = "n".repeat(100);
    check("a: " + name + " b\nc: d\ne: f", "x|" + name, "-|-", "a|b", "c|d", "e|f");
    Spanned text = styled("x|" + "n".repeat(32_000), "-|-", "a|b\n".repeat(8_000));
    assertTrue(text.length() < 5 * 64_000);
  }

  @Test
  public void quotesRulesAndHtml() {
    check("said twice\n\n<b>not bold</b>", "> said", "> twice", "", "***", "<b>not bold</b>");
    Spanned text = styled("# a", "[b](https://example.org)");
    assertEquals(0, text.getSpans(0, text.length(), ClickableSpan.class).length);
  }

  @Test
  public void whatTurnsOrHidesWordsIsLeftOut() {
    check("licence: mit", "licence: \u202Emit\u0000\u200F\u2066");
    check("a\n\nb", "a\r\n\r\nb");
    check("");
  }

  @Test
  public void muchOfItIsPlainButThere() {
    String many = "**a** ".repeat(5_000).trim();
    Spanned text = styled(many);
    assertEquals("a ".repeat(5_000).trim(), text.toString());
    assertEquals(Markdown.MOST_SPANS, text.getSpans(0, text.length(), Object.class).length);
  }

  /** Whatever anybody writes. */
  @Test
  public void hostileOnes() {
    for (String part :
        List.of(
            "#",
            "# ",
            "- ",
            "-",
            "> ",
            "|",
            "|-|\n",
            "a|b\n|-|\n",
            "    a\n",
            "\t",
            " ",
            "```\n",
            "1. ",
            "1",
            "=\n",
            "---\n",
            "* * ",
            "a\n-\n",
            "\uD800",
            "\\\n",
            " #")) {
      styled(part.repeat(64_000 / part.length()));
    }
    String signs = "#*_-`~|[]()<>!\\&:=+ \t\n\n\n1.a말\uD83D";
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(80); i >= 0; i--) {
        text.append(signs.charAt(random.nextInt(signs.length())));
      }
      assertTrue(styled(text.toString()).length() <= 4 * text.length() + 4);
    }
    assertEquals(Typeface.BOLD, styled("# a").getSpans(0, 1, StyleSpan.class)[0].getStyle());
  }
}
