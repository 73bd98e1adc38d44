package org.malgwi.app.backup;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Arrays;
import org.junit.Test;

public class SealTest {
  private static final String PASSWORD = "말귀 pässword";

  /** "안녕", sealed by Python's hashlib and cryptography as docs/app.md describes it. */
  private static final String BY_PYTHON =
      "6d616c677769626b01000927c0000102030405060708090a0b0c0d0e0f6465666768696ab23dd483a7623d565e"
          + "ee82f88caf72927bb2ecb5c55ec8e4d70d3dd510d8d63f6f9fe36cdbd9";

  private static final byte[] SALT = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  private static final byte[] PREFIX = {100, 101, 102, 103, 104, 105, 106};
  private static final int SEALED = Seal.CHUNK + Seal.TAG;

  private static byte[] bytes(String hex) {
    return Arrays.copyOfRange(
        new BigInteger("01" + hex, 16).toByteArray(), 1, 1 + hex.length() / 2);
  }

  private static byte[] plain(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (i % 251);
    }
    return bytes;
  }

  private static byte[] seal(Seal seal, byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SealedOutput sealed = new SealedOutput(out, seal);
    sealed.write(plain, 0, plain.length / 3);
    sealed.write(plain, plain.length / 3, plain.length - plain.length / 3);
    sealed.finish();
    return out.toByteArray();
  }

  private static byte[] read(byte[] file, Seal seal) throws IOException {
    InputStream in = new ByteArrayInputStream(file, Seal.HEAD, file.length - Seal.HEAD);
    return new SealedInput(in, seal).readAllBytes();
  }

  private static byte[] open(byte[] file, String password) throws IOException {
    Seal seal = Seal.open(Arrays.copyOf(file, Seal.HEAD), password.toCharArray());
    return read(file, seal);
  }

  private static void refused(BackupProblem problem, byte[] file, Seal seal) {
    BackupException refused = assertThrows(BackupException.class, () -> read(file, seal));
    assertEquals(problem, refused.problem());
  }

  @Test
  public void whatPythonSealedIsOpened() throws Exception {
    assertEquals("안녕", new String(open(bytes(BY_PYTHON), PASSWORD), StandardCharsets.UTF_8));
    // However a keyboard composes the letters.
    String apart = Normalizer.normalize(PASSWORD, Normalizer.Form.NFD);
    assertEquals("안녕", new String(open(bytes(BY_PYTHON), apart), StandardCharsets.UTF_8));
  }

  @Test
  public void severalChunksAreThoseOfPython() throws Exception {
    Seal seal = Seal.make(PASSWORD.toCharArray(), Seal.ROUNDS, SALT, PREFIX);
    byte[] sealed = seal(seal, plain(150_000));
    assertEquals(150_100, sealed.length);
    assertEquals(
        "360c6aed1a126240cc43767770acb5a097191c029530ad30549fc05099f17fb3",
        String.format(
            "%064x", new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(sealed))));
    assertArrayEquals(plain(150_000), read(sealed, seal));
  }

  @Test
  public void everyLengthComesBack() throws Exception {
    for (int count : new int[] {0, 1, Seal.CHUNK - 1, Seal.CHUNK, Seal.CHUNK + 1, 3 * Seal.CHUNK}) {
      Seal seal = Seal.make(PASSWORD.toCharArray()); // one for each file
      byte[] sealed = seal(seal, plain(count));
      int chunks = Math.max(1, (count + Seal.CHUNK - 1) / Seal.CHUNK);
      assertEquals(Seal.HEAD + count + chunks * Seal.TAG, sealed.length);
      assertArrayEquals(plain(count), read(sealed, seal));
    }
  }

  @Test
  public void noByteCanBeChangedCutOffOrMoved() throws Exception {
    Seal seal = Seal.make(PASSWORD.toCharArray());
    byte[] file = seal(seal, plain(3 * Seal.CHUNK)); // three equal lengths
    for (int at : new int[] {Seal.HEAD, Seal.HEAD + SEALED - 1, file.length - 1}) {
      byte[] changed = file.clone();
      changed[at] ^= 1;
      refused(BackupProblem.DAMAGED, changed, seal);
    }
    for (int cut : new int[] {0, 5, SEALED - 1, SEALED, SEALED + 5, 2 * SEALED, 3 * SEALED - 1}) {
      refused(BackupProblem.DAMAGED, Arrays.copyOf(file, Seal.HEAD + cut), seal);
    }
    refused(BackupProblem.DAMAGED, Arrays.copyOf(file, file.length + 1), seal);
    byte[] swapped = file.clone();
    System.arraycopy(file, Seal.HEAD, swapped, Seal.HEAD + SEALED, SEALED);
    System.arraycopy(file, Seal.HEAD + SEALED, swapped, Seal.HEAD, SEALED);
    refused(BackupProblem.DAMAGED, swapped, seal);
    byte[] without = new byte[file.length - SEALED];
    System.arraycopy(file, 0, without, 0, Seal.HEAD);
    System.arraycopy(file, Seal.HEAD + SEALED, without, Seal.HEAD, 2 * SEALED);
    refused(BackupProblem.DAMAGED, without, seal);
    // A chunk of another file under the same password.
    byte[] other = seal(Seal.make(PASSWORD.toCharArray()), plain(3 * Seal.CHUNK));
    byte[] mixed = file.clone();
    System.arraycopy(other, Seal.HEAD + SEALED, mixed, Seal.HEAD + SEALED, SEALED);
    refused(BackupProblem.DAMAGED, mixed, seal);
  }

  @Test
  public void onlyClosedItIsCutOff() throws Exception {
    Seal seal = Seal.make(PASSWORD.toCharArray());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (SealedOutput sealed = new SealedOutput(out, seal)) {
      sealed.write(plain(2 * Seal.CHUNK), 0, 2 * Seal.CHUNK);
    }
    refused(BackupProblem.DAMAGED, out.toByteArray(), seal);
  }

  private static void refusedHead(BackupProblem problem, int at, int value) {
    byte[] file = bytes(BY_PYTHON);
    file[at] = (byte) value;
    BackupException refused = assertThrows(BackupException.class, () -> open(file, PASSWORD));
    assertEquals(refused.getMessage(), problem, refused.problem());
  }

  @Test
  public void headsThatAreNone() {
    refusedHead(BackupProblem.NEWER, 8, 2);
    refusedHead(BackupProblem.DAMAGED, 9, 0x7F); // two thousand million rounds
    refusedHead(BackupProblem.DAMAGED, 10, 0); // too few
    refusedHead(BackupProblem.WRONG_PASSWORD, 20, 99); // salt
    refusedHead(BackupProblem.WRONG_PASSWORD, 51, 99); // check
    BackupException refused =
        assertThrows(BackupException.class, () -> open(bytes(BY_PYTHON), "말귀 password"));
    assertEquals(BackupProblem.WRONG_PASSWORD, refused.problem());
  }
}
