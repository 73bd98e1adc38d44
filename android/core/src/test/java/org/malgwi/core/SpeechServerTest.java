package org.malgwi.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.malgwi.example.SpeechServer;

/** The example in docs/java.md. */
@Timeout(300) // a hang is a failure
class SpeechServerTest {
  private final FakeModel model = new FakeModel();
  private final HttpClient client = HttpClient.newHttpClient();

  private CompletableFuture<HttpResponse<String>> post(HttpServer server, byte[] body) {
    URI place = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/transcribe");
    HttpRequest request =
        HttpRequest.newBuilder(place).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
    return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
  }

  private static byte[] wav(String text) {
    return WavTest.pcm16(16_000, FakeModel.speak(text, 1));
  }

  @Test
  void answersEachWithItsOwnTextAndSaysWhatIsWrong() throws IOException {
    HttpServer server = SpeechServer.start(new Recognizer(model, FakeModel.DECODING), 0);
    try {
      List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        asked.add(post(server, wav(i % 2 == 0 ? "hello" : "world lo")));
      }
      for (int i = 0; i < asked.size(); i++) {
        HttpResponse<String> answer = asked.get(i).join();
        assertEquals(200, answer.statusCode());
        assertEquals(i % 2 == 0 ? "hello" : "world lo", answer.body());
      }
      assertEquals("", post(server, wav("")).join().body());
      HttpResponse<String> wrong = post(server, new byte[] {1, 2, 3}).join();
      assertEquals(400, wrong.statusCode());
      assertTrue(wrong.body().startsWith("the recording: "), wrong.body());
      assertEquals(413, post(server, new byte[20_000_001]).join().statusCode());
    } finally {
      server.stop(0);
      ((ExecutorService) server.getExecutor()).shutdown();
    }
  }
}
