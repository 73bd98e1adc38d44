package org.malgwi.example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.malgwi.core.MalgwiException;
import org.malgwi.core.ModelBundle;
import org.malgwi.core.Recognizer;
import org.malgwi.core.Resampler;
import org.malgwi.core.Wav;

/**
 * POST a WAV file to /transcribe, get its text: eight threads share one recognizer, and each
 * request is run on one core. {@code SpeechServer NAME.malgwi PORT}, for this machine alone.
 */
public final class SpeechServer {
  private static final int THREADS = 8;
  private static final int LARGEST = 20_000_000;

  private SpeechServer() {}

  public static void main(String[] args) throws IOException {
    Recognizer recognizer = Recognizer.open(ModelBundle.open(new File(args[0])), 1);
    start(recognizer, Integer.parseInt(args[1]));
  }

  /** Serves until the server is stopped; the recognizer stays the caller's. */
  public static HttpServer start(Recognizer recognizer, int port) throws IOException {
    InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    HttpServer server = HttpServer.create(here, 0);
    server.setExecutor(Executors.newFixedThreadPool(THREADS));
    server.createContext("/transcribe", exchange -> answer(recognizer, exchange));
    server.start();
    return server;
  }

  private static void answer(Recognizer recognizer, HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(LARGEST + 1);
      if (body.length > LARGEST) {
        send(exchange, 413, "the recording has more than " + LARGEST + " bytes");
        return;
      }
      try (Wav wav = new Wav(body, "the recording")) {
        wav.listenTo(wav.choose(() -> {}).channel());
        send(exchange, 200, recognizer.transcribe(new Resampler(wav, wav.sampleRate())).text());
      } catch (MalgwiException e) {
        send(exchange, 400, e.getMessage());
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
