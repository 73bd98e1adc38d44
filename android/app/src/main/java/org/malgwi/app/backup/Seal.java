package org.malgwi.app.backup;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a back-up is sealed with a password; docs/app.md has the format. A head, then chunks, each
 * AES-256 in GCM under one key. A chunk's nonce holds its number and whether it is the last one, so
 * chunks can't be left out, moved, or cut off unnoticed; the head is authenticated with each.
 */
final class Seal {
  static final byte[] MAGIC = "malgwibk".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;

  /** Bytes of plain text in every chunk but the last, which has as many at most. */
  static final int CHUNK = 1 << 16;

  static final int TAG = 16;

  /** How often a password is hashed; OWASP's advice of 2023 for this function. */
  static final int ROUNDS = 600_000;

  /** A file of others mustn't keep a phone busy for ever. */
  private static final int MOST_ROUNDS = 10 * ROUNDS;

  private static final int SALT = 16;
  private static final int PREFIX = 7;
  private static final int CHECK = 16;
  static final int HEAD = 8 + 1 + 4 + SALT + PREFIX + CHECK;

  private final byte[] head;
  private final byte[] prefix;
  private final SecretKey key;
  private final Cipher cipher;

  private Seal(byte[] head, byte[] prefix, SecretKey key) throws GeneralSecurityException {
    this.head = head;
    this.prefix = prefix;
    this.key = key;
    cipher = Cipher.getInstance("AES/GCM/NoPadding");
  }

  /** A seal of its own for every back-up. */
  static Seal make(char[] password) {
    byte[] salt = new byte[SALT];
    byte[] prefix = new byte[PREFIX];
    SecureRandom random = new SecureRandom();
    random.nextBytes(salt);
    random.nextBytes(prefix);
    return make(password, ROUNDS, salt, prefix);
  }

  static Seal make(char[] password, int rounds, byte[] salt, byte[] prefix) {
    try {
      byte[] master = stretch(password, salt, rounds);
      ByteBuffer head = ByteBuffer.allocate(HEAD);
      head.put(MAGIC).put((byte) VERSION).putInt(rounds).put(salt).put(prefix);
      head.put(Arrays.copyOf(hash(master, "malgwi-backup check"), CHECK));
      SecretKey key = new SecretKeySpec(hash(master, "malgwi-backup key"), "AES");
      return new Seal(head.array(), prefix, key);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Android 8 and later have all of these", e);
    }
  }

  /**
   * The seal of a file.
   *
   * @param head its first {@link #HEAD} bytes
   * @throws BackupException it is of another version, damaged, or the password isn't its
   */
  static Seal open(byte[] head, char[] password) throws BackupException {
    ByteBuffer in = ByteBuffer.wrap(head);
    in.get(new byte[MAGIC.length]);
    int version = in.get() & 0xFF;
    if (version != VERSION) {
      throw new BackupException(
          BackupProblem.NEWER, "sealed by version " + version + "; expected " + VERSION);
    }
    int rounds = in.getInt();
    if (rounds < ROUNDS || rounds > MOST_ROUNDS) {
      throw new BackupException(
          BackupProblem.DAMAGED, rounds + " rounds; expected " + ROUNDS + " to " + MOST_ROUNDS);
    }
    byte[] salt = new byte[SALT];
    byte[] prefix = new byte[PREFIX];
    in.get(salt).get(prefix);
    Seal seal = make(password, rounds, salt, prefix);
    if (!MessageDigest.isEqual(seal.head, head)) {
      throw new BackupException(BackupProblem.WRONG_PASSWORD, "the password doesn't fit the head");
    }
    return seal;
  }

  byte[] head() {
    return head.clone();
  }

  private static byte[] stretch(char[] password, byte[] salt, int rounds)
      throws GeneralSecurityException {
    // The same letters, however a keyboard composes them.
    char[] letters =
        Normalizer.normalize(CharBuffer.wrap(password), Normalizer.Form.NFC).toCharArray();
    PBEKeySpec spec = new PBEKeySpec(letters, salt, rounds, 256);
    try {
      return SecretKeyFactory.getInstance("PBKDF2withHmacSHA256").generateSecret(spec).getEncoded();
    } finally {
      spec.clearPassword();
    }
  }

  private static byte[] hash(byte[] master, String use) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(master, "HmacSHA256"));
    return mac.doFinal(use.getBytes(StandardCharsets.US_ASCII));
  }

  /** Seals a chunk; {@code number} counts from 0, and none may be used twice. */
  byte[] close(int number, boolean last, byte[] plain, int count) {
    try {
      return run(Cipher.ENCRYPT_MODE, number, last, plain, count);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Android 8 and later can do this", e);
    }
  }

  /**
   * Opens a chunk.
   *
   * @throws BackupException it isn't the chunk of that number, or was changed
   */
  byte[] open(int number, boolean last, byte[] sealed, int count) throws BackupException {
    if (number >= 0 && count >= TAG) {
      try {
        return run(Cipher.DECRYPT_MODE, number, last, sealed, count);
      } catch (GeneralSecurityException e) {
        // As below: it isn't told what of it doesn't fit.
      }
    }
    throw new BackupException(
        BackupProblem.DAMAGED, "chunk " + number + " was changed, moved or cut off");
  }

  private byte[] run(int mode, int number, boolean last, byte[] bytes, int count)
      throws GeneralSecurityException {
    ByteBuffer nonce = ByteBuffer.allocate(12);
    nonce.put(prefix).putInt(number).put((byte) (last ? 1 : 0));
    cipher.init(mode, key, new GCMParameterSpec(8 * TAG, nonce.array()));
    cipher.updateAAD(head);
    return cipher.doFinal(bytes, 0, count);
  }
}
