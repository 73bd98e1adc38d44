// What was dropped: files, and of folders those that may be recordings or annotations of one.

/**
 * @param {DataTransfer} transfer of an event that isn't over yet
 * @param {string[]} endings of recordings and annotations
 * @returns {Promise<{files: File[], folders: {name: string, files: File[]}[]}>}
 */
export async function dropped(transfer, endings) {
  // The list is empty once the event is over, so all is taken from it before the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  const folders = [];
  for (const entry of entries)
    if (entry?.isDirectory) {
      const inside = await filesIn(/** @type {FileSystemDirectoryEntry} */ (entry));
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
 * @returns {Promise<File[]>}
 */
async function filesIn(folder) {
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
  const found = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) found.push(...(await filesIn(/** @type {FileSystemDirectoryEntry} */ (entry))));
    else
      found.push(
        await new Promise((go, fail) => /** @type {FileSystemFileEntry} */ (entry).file(go, fail)),
      );
  }
  return found;
}
