/** Longest foreign text that is printed; an error is a sentence. */
const LENGTH_MAX = 2000;

/**
 * Text of a plugin or a file, safe on a terminal: control characters (escapes that colour, move or ask) are shown, not
 * sent, and what is too long is cut.
 */
export function printable(text: string): string {
  const cut = text.length > LENGTH_MAX ? `${text.slice(0, LENGTH_MAX)} …` : text;
  // eslint-disable-next-line no-control-regex -- they are what this is about
  return cut.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });
}
