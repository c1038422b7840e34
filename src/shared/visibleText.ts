/**
 * Characters that nobody sees and that change how others are read: marks that turn the direction of reading, control
 * characters, separators of lines, characters without width. Names come from strangers: with one of these a stream can
 * look like another one, or turn the words around it. Tab and line ends are left to where the text is shown.
 */
const hidden =
  /[\p{Bidi_Control}\p{Zl}\p{Zp}\u00AD\u115F\u1160\u180E\u200B-\u200D\u2060-\u2064\u206A-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E00FF}]|\u034F|(?![\t\n\r])\p{Cc}/gu
/** Our own mark where a text already has one, so that every text can be made exact again. */
const ownMark = /⟨(?=U\+[0-9A-F]{4,6}⟩)/gu
const shownCharacter = /⟨U\+([0-9A-F]{4,6})⟩/gu

const codeOf = (character: string) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`

/** A text as it is shown: `cam⟨U+202E⟩1`. For JSON and requests the exact one goes on being used. */
export const visibleText = (text: string): string => text.replaceAll(ownMark, codeOf('⟨')).replaceAll(hidden, codeOf)

/** A text with one mark for each of them, where columns must not grow. */
export const markedText = (text: string): string => text.replaceAll(hidden, '�')

const escaped = (character: string) => [...Array(character.length).keys()].map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')

/** The same JSON with each of them as `\u202e`, for terminals: it says the same to whoever parses it. */
export const visibleJson = (json: string): string => json.replaceAll(hidden, escaped)

/** The text that `visibleText` made this one of. */
export const exactText = (text: string): string =>
  text.replaceAll(shownCharacter, (all, code: string) => {
    const point = Number.parseInt(code, 16)
    const character = point <= 0x10ffff ? String.fromCodePoint(point) : ''
    // Only what `visibleText` writes: anything else was typed like that.
    return character === '⟨' || (character !== '' && visibleText(character) === all) ? character : all
  })

/** Deeper than any answer or question of ours. */
const mostDepth = 30

/** The same structure with other texts; parts without any change are not copied. */
function mapTexts(value: unknown, map: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return map(value)
  if (typeof value !== 'object' || value === null || depth > mostDepth) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | null = null
    for (let index = 0; index < value.length; index++) {
      const before: unknown = value[index]
      // Columns of figures are long.
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

/** An answer in which every text is one that can be shown. */
export const visibleTexts = <T>(value: T): T => mapTexts(value, visibleText) as T
/** A question in which every text that was shown is the exact one again. */
export const exactTexts = <T>(value: T): T => mapTexts(value, exactText) as T
