// What was dropped: files, and of folders those that may be recordings or annotations of one.

/** @typedef {{name: string, within: string, file: File}} Found within: its folders below the dropped one, a slash before each */

/**
 * @param {DataTransfer} transfer of an event that isn't over yet
 * @param {string[]} endings of recordings and annotations
 * @returns {Promise<{files: File[], folders: {name: string, files: Found[]}[]}>}
 */
export async function dropped(transfer, endings) {
  // The list is empty once the event is over, so all is taken from it before the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  const folders = [];
  for (const entry of entries)
    if (entry?.isDirectory) {
      const inside = await filesIn(/** @type {FileSystemDirectoryEntry} */ (entry), "");
      folders.push({ name: entry.name, files: meant(inside, endings) });
    }
  const names = new Set(folders.map((folder) => folder.name));
  return { files: files.filter((file) => !names.has(file.name)), folders };
}

/**
 * Of what is in a folder, what may be meant. A text is, where a recording has its name.
 * @template {{name: string}} F
 * @param {F[]} files
 * @param {string[]} endings
 * @returns {F[]}
 */
export function meant(files, endings) {
  const parts = files.map((file) => {
    const dot = file.name.lastIndexOf(".");
    return { file, stem: file.name.slice(0, dot), ending: file.name.slice(dot).toLowerCase() };
  });
  const known = parts.filter((one) => one.stem && endings.includes(one.ending));
  const stems = new Set(known.filter((one) => one.ending !== ".txt").map((one) => one.stem));
  return known.filter((one) => one.ending !== ".txt" || stems.has(one.stem)).map((one) => one.file);
}

/**
 * @param {FileSystemDirectoryEntry} folder
 * @param {string} within
 * @returns {Promise<Found[]>}
 */
async function filesIn(folder, within) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const entries = [];
  for (;;) {
    // A browser gives some at a time.
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((go, fail) => reader.readEntries(go, fail));
    if (!some.length) break;
    entries.push(...some);
  }
  /** @type {Found[]} */
  const found = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory)
      found.push(...(await filesIn(/** @type {FileSystemDirectoryEntry} */ (entry), `${within}/${entry.name}`)));
    else {
      /** @type {File} */
      const file = await new Promise((go, fail) => /** @type {FileSystemFileEntry} */ (entry).file(go, fail));
      found.push({ name: file.name, within, file });
    }
  }
  return found;
}
