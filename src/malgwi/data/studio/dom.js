// Elements made by hand. Text goes in as text nodes: nothing from outside is ever read as HTML.

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {(event: any) => void} Listener */

/**
 * Make an element. `onclick` and the like take functions; false, null and undefined leave out.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | Listener>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      made.setAttribute(name, String(value));
  }
  put(made, ...children);
  return made;
}

/**
 * @param {Element | DocumentFragment} parent
 * @param {...Child} children
 */
export function put(parent, ...children) {
  for (const child of children) if (child) parent.append(child);
}

/**
 * Show these instead of what is there.
 * @param {Element} parent
 * @param {...Child} children
 */
export function show(parent, ...children) {
  parent.replaceChildren();
  put(parent, ...children);
}

/**
 * The same of what is drawn anew by itself: who works by keys stays where they are.
 * @param {Element} parent
 * @param {...Child} children
 */
export function redraw(parent, ...children) {
  const held = document.activeElement;
  if (!held || held === parent || !parent.contains(held)) return show(parent, ...children);
  const name = called(held);
  const alike = () =>
    [...parent.querySelectorAll(held.localName)].filter((one) => called(one) === name);
  const place = alike().indexOf(held);
  show(parent, ...children);
  const again = alike()[place];
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
}

/**
 * What tells an element from others of its kind: where it stands may change (`data-key`: in what).
 * @param {Element} one
 */
function called(one) {
  const within = one.closest("[data-key]")?.getAttribute("data-key");
  const name = one.getAttribute("aria-label") ?? one.textContent;
  return JSON.stringify([within, one.id, one.getAttribute("href"), name]);
}

/**
 * A drawing's element.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * @param {string} label
 * @param {Listener} act
 * @param {Record<string, string | boolean | null>} [attributes]
 */
export function button(label, act, attributes = {}) {
  return el("button", { type: "button", onclick: act, ...attributes }, label);
}

/**
 * A field under its name.
 * @param {string} label
 * @param {HTMLElement} control
 */
export function labelled(label, control) {
  return el("label", { class: "labelled" }, el("span", {}, label), control);
}

/**
 * @param {string} label
 * @param {[string, string][]} options value and what is shown
 * @param {string} chosen
 * @param {(value: string) => void} [changed]
 */
export function select(label, options, chosen, changed) {
  const made = el("select", { "aria-label": label });
  for (const [value, text] of options)
    made.append(el("option", { value, selected: value === chosen }, text));
  if (changed) made.addEventListener("change", () => changed(made.value));
  return made;
}

/**
 * Say it to those who listen to the page.
 * @param {string} text
 */
export function announce(text) {
  const region = document.getElementById("announcements");
  if (region) region.textContent = text;
}

/**
 * A question that must be answered; true when it is the first button.
 * @param {string} heading
 * @param {Child} body
 * @param {string} yes
 * @param {string} no
 * @param {boolean} [grave] it can't be taken back
 * @returns {Promise<boolean>}
 */
export function ask(heading, body, yes, no, grave = false) {
  return new Promise((answer) => {
    const dialog = el("dialog", { "aria-labelledby": "question" });
    const close = (/** @type {boolean} */ chosen) => {
      dialog.close();
      dialog.remove();
      answer(chosen);
    };
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(false);
    });
    put(
      dialog,
      el("h2", { id: "question" }, heading),
      body,
      el(
        "div",
        { class: "row end" },
        button(no, () => close(false)),
        button(yes, () => close(true), { class: grave ? "primary grave" : "primary" }),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
