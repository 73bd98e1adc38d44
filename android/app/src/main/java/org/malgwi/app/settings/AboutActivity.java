package org.malgwi.app.settings;

import android.app.Activity;
import android.content.pm.PackageManager;
import android.os.Bundle;
import android.view.LayoutInflater;
import android.view.View;
import android.widget.ArrayAdapter;
import android.widget.ListView;
import android.widget.TextView;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.malgwi.app.R;
import org.malgwi.app.ui.Background;
import org.malgwi.app.ui.Edges;
import org.malgwi.app.ui.TopBar;

/** What this is, what it does with what it hears, and the licences of what is in it. */
public final class AboutActivity extends Activity {
  private static final String LICENCES = "licences.txt";

  private Background background;

  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    setContentView(R.layout.about);
    Edges.keepClear(this, findViewById(R.id.root));
    TopBar top = findViewById(R.id.top);
    top.setTitle(R.string.menu_about);
    top.showBack(this);
    ListView list = findViewById(R.id.about_list);
    View head = LayoutInflater.from(this).inflate(R.layout.about_head, list, false);
    head.<TextView>findViewById(R.id.about_version)
        .setText(getString(R.string.about_version, version()));
    list.addHeaderView(head, null, false);
    list.setAdapter(paragraphs(List.of()));
    background = new Background("malgwi-about");
    background.run(
        this::licences,
        texts -> list.setAdapter(paragraphs(texts)),
        failure ->
            list.setAdapter(paragraphs(List.of(getString(R.string.about_licences_missing)))));
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    background.close();
  }

  private ArrayAdapter<String> paragraphs(List<String> texts) {
    return new ArrayAdapter<>(this, R.layout.about_paragraph, texts) {
      @Override
      public boolean isEnabled(int position) {
        return false;
      }
    };
  }

  private String version() {
    try {
      return getPackageManager().getPackageInfo(getPackageName(), 0).versionName;
    } catch (PackageManager.NameNotFoundException e) {
      throw new IllegalStateException("this app is installed", e);
    }
  }

  /** The licences in paragraphs: as one text they would take seconds to lay out. */
  private List<String> licences() throws IOException {
    List<String> paragraphs = new ArrayList<>();
    StringBuilder paragraph = new StringBuilder();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(getAssets().open(LICENCES), StandardCharsets.UTF_8))) {
      String line;
      while ((line = in.readLine()) != null) {
        if (!line.trim().isEmpty()) {
          paragraph.append(paragraph.length() == 0 ? "" : " ").append(line.trim());
        } else if (paragraph.length() > 0) {
          paragraphs.add(paragraph.toString());
          paragraph.setLength(0);
        }
      }
    }
    if (paragraph.length() > 0) {
      paragraphs.add(paragraph.toString());
    }
    return paragraphs;
  }
}
