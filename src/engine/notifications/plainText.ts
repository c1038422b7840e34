/**
 * Control characters, line and paragraph separators, and the marks that turn the direction of writing (Unicode TR 9), with which a name could
 * make a message show something else than it says.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** One line of text, cut to so many UTF-16 units. */
export function oneLine(text: string, most: number): string {
  return cut(
    text
      .slice(0, most * 4)
      .toWellFormed()
      .replaceAll(unprintable, ' ')
      .trim(),
    most,
  )
}

/** Cuts a text to so many UTF-16 units, never within a character, and shows that it was cut. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = most - 1
  const isWithin = /[\ud800-\udbff]/.test(text.charAt(end - 1))
  return `${text.slice(0, isWithin ? end - 1 : end)}…`
}

/** Cuts a text to so many bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length <= most) return text
  // The mark that it was cut takes three bytes; what is left of a character is dropped.
  return `${new TextDecoder().decode(bytes.subarray(0, most - 3), { stream: true })}…`
}
