// Which key does what at the desk. Letters are by their place on the keyboard (`code`), so that they
// work while Korean is typed.

/** @typedef {{code: string, alt?: boolean, ctrl?: boolean, shift?: boolean, shown: string}} Key */

/** @type {Record<string, Key>} */
export const KEYS = {
  accept: { code: "Enter", shown: "Enter" },
  play: { code: "Escape", shown: "Esc" },
  word: { code: "Enter", ctrl: true, shown: "Ctrl+Enter" },
  doubt: { code: "KeyD", alt: true, shown: "Alt+D" },
  loop: { code: "KeyL", alt: true, shown: "Alt+L" },
  back3: { code: "ArrowLeft", alt: true, shown: "Alt+←" },
  on3: { code: "ArrowRight", alt: true, shown: "Alt+→" },
  previous: { code: "ArrowUp", alt: true, shown: "Alt+↑" },
  next: { code: "ArrowDown", alt: true, shown: "Alt+↓" },
  slower: { code: "Minus", alt: true, shown: "Alt+−" },
  faster: { code: "Equal", alt: true, shown: "Alt+=" },
  split: { code: "KeyS", alt: true, shown: "Alt+S" },
  splitHere: { code: "KeyS", alt: true, shift: true, shown: "Alt+Shift+S" },
  join: { code: "KeyJ", alt: true, shown: "Alt+J" },
  startEarlier: { code: "Comma", alt: true, shown: "Alt+," },
  startLater: { code: "Period", alt: true, shown: "Alt+." },
  endEarlier: { code: "Comma", alt: true, shift: true, shown: "Alt+Shift+," },
  endLater: { code: "Period", alt: true, shift: true, shown: "Alt+Shift+." },
  aside: { code: "KeyX", alt: true, shown: "Alt+X" },
  add: { code: "KeyN", alt: true, shown: "Alt+N" },
  undo: { code: "KeyZ", alt: true, shown: "Alt+Z" },
  redo: { code: "KeyZ", alt: true, shift: true, shown: "Alt+Shift+Z" },
  help: { code: "Slash", alt: true, shown: "Alt+/" },
};

/**
 * What a key press asks for; null while a syllable is being composed (Enter ends the syllable then).
 * @param {{code: string, altKey: boolean, ctrlKey: boolean, metaKey: boolean, shiftKey: boolean, isComposing: boolean, keyCode: number}} event
 * @returns {string | null}
 */
export function actionOf(event) {
  if (event.isComposing || event.keyCode === 229) return null;
  const code = event.code === "NumpadEnter" ? "Enter" : event.code;
  for (const [action, key] of Object.entries(KEYS))
    if (
      key.code === code &&
      (key.alt ?? false) === event.altKey &&
      (key.ctrl ?? false) === (event.ctrlKey || event.metaKey) &&
      (key.shift ?? false) === event.shiftKey
    )
      return action;
  return null;
}
