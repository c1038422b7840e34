/**
 * A text as it is searched: without case and without accents, so that "zur" finds Zürich and "strasse" finds Straße. A text with German
 * umlauts is followed by its spelling without them, so that "koln" and "koeln" both find Köln. Pure.
 */
export function searchText(text: string): string {
  const plain = plainText(text)
  if (isAscii.test(text)) return plain
  const composed = text.normalize('NFC')
  return umlauts.test(composed) ? `${plain} ${plainText(composed.replaceAll(eachUmlaut, '$&e'))}` : plain
}

/** The words of what somebody typed, each of which must be found in a `searchText`. Pure. */
export const searchWords = (typed: string): readonly string[] => plainText(typed).split(/\s+/).filter(Boolean)

const plainText = (text: string): string =>
  isAscii.test(text) ? text.toLowerCase() : text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII, the fast way for most names
const isAscii = /^[\x00-\x7f]*$/
const umlauts = /[äöü]/i
const eachUmlaut = /[äöü]/gi
