/**
 * Invisible characters that change how others are read: direction marks, control characters, line separators and zero-width
 * characters. Names come from strangers: with one of these, a stream can look like another one or reverse the words around it.
 * Tabs and line ends are left to the place where the text is shown.
 */
const hidden =
  /[\p{Bidi_Control}\p{Zl}\p{Zp}\u00AD\u115F\u1160\u180E\u200B-\u200D\u2060-\u2064\u206A-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E00FF}]|\u034F|(?![\t\n\r])\p{Cc}/gu
const joiner = /[\u200C\u200D]/
/** What a joiner may follow: letters of scripts without upper and lower case, such as Persian and Hindi, their signs, and emoji. */
const joined = /(?:[\p{Lo}\p{Extended_Pictographic}\p{Emoji_Modifier}]|(?![\u0300-\u036F])\p{M})$/u
/** A bracket in a text that already looks like one of our codes. It is encoded too, so that `exactText` can restore every text. */
const ownMark = /⟨(?=U\+[0-9A-F]{4,6}⟩)/gu
const shownCharacter = /⟨U\+([0-9A-F]{4,6})⟩/gu

const pointOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
const codeOf = (character: string) => `⟨${pointOf(character)}⟩`

/** Writes invisible characters as codes, to show a text: `cam⟨U+202E⟩1`. JSON and requests keep the exact text. */
export function visibleText(text: string): string {
  return text.replaceAll(ownMark, codeOf('⟨')).replaceAll(hidden, codeOf)
}

/** Code of the first invisible character in a name, such as U+200B; null: there is none but joiners that its script or an emoji needs. */
export function hiddenIn(name: string): string | null {
  for (const { 0: character, index } of name.matchAll(hidden)) if (!joiner.test(character) || !joined.test(name.slice(0, index))) return pointOf(character)
  return null
}

/** Code of the first half of a character that lacks its other one, such as U+D800; null: there is none. No address can have one, and no file. */
export function halfIn(text: string): string | null {
  const half = /\p{Cs}/u.exec(text)
  return half && pointOf(half[0])
}

/** Replaces each invisible character with one mark, for columns of fixed width. */
export function markedText(text: string): string {
  return text.replaceAll(hidden, '�')
}

const escaped = (character: string) => [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')

/** JSON with invisible characters escaped as `\u202e`, for terminals. It parses to the same value. */
export function visibleJson(json: string): string {
  return json.replaceAll(hidden, escaped)
}

/** Reverses `visibleText`. */
export function exactText(text: string): string {
  return text.replaceAll(shownCharacter, (all, code: string) => {
    const point = Number.parseInt(code, 16)
    const character = point <= 0x10ffff ? String.fromCodePoint(point) : ''
    // Decode only what `visibleText` writes: anything else was typed like that.
    return character === '⟨' || (character !== '' && visibleText(character) === all) ? character : all
  })
}

/** Deeper than any of our requests and answers. */
const mostDepth = 30

/** Maps all texts of a structure. Unchanged parts are not copied. */
function mapTexts(value: unknown, map: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null || depth > mostDepth) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (let index = 0; index < value.length; index++) {
      const before: unknown = value[index]
      // Skip numbers quickly: columns of figures are long.
      if (typeof before !== 'string' && typeof before !== 'object') continue
      const after = mapTexts(before, map, depth + 1)
      if (after === before) continue
      copy ??= [...value]
      copy[index] = after
    }
    return copy ?? value
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  let copy: Record<string, unknown> | null = null
  for (const key of Object.keys(value)) {
    const before = (value as Record<string, unknown>)[key]
    const after = mapTexts(before, map, depth + 1)
    const name = map(key)
    if (after === before && name === key) continue
    copy ??= { ...value }
    if (name !== key) delete copy[key]
    Object.defineProperty(copy, name, { value: after, writable: true, enumerable: true, configurable: true })
  }
  return copy ?? value
}

/** Applies `visibleText` to every text of an answer. */
export function visibleTexts<T>(value: T): T {
  return mapTexts(value, visibleText) as T
}
/** Applies `exactText` to every text of a request. */
export function exactTexts<T>(value: T): T {
  return mapTexts(value, exactText) as T
}

const longestQuote = 160

/** Cuts a text to so many UTF-16 units, never within a character, and shows that it was cut. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const end = most - 1
  const isWithin = /[\ud800-\udbff]/.test(text.charAt(end - 1))
  return `${text.slice(0, isWithin ? end - 1 : end)}…`
}

/** Control characters, line and paragraph separators, halves of characters, and the marks that turn the direction of writing (Unicode TR 9). */
const unprintable = /[\s\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]+/gu

/** Makes text from outside one line of at most so many UTF-16 units, which can show nothing else than it says. */
export function oneLine(text: string, most: number): string {
  // Far more than can be left of it: a text of megabytes takes seconds.
  const line = text
    .slice(0, 20 * most)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be shown.
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replaceAll(unprintable, ' ')
  return cut(line.trim(), most)
}

/** The same; null: nothing is left. */
export function quoted(text: string | null | undefined, longest = longestQuote): string | null {
  return oneLine(text ?? '', longest) || null
}
