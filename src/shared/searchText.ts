/**
 * Normalises a text for searching: without case and accents, so that "zur" finds Zürich and "strasse" finds Straße. A text with
 * German umlauts gets a second spelling appended, so that "koln" and "koeln" both find Köln. Pure.
 */
export function searchText(text: string): string {
  const plain = plainText(text)
  if (isAscii.test(text)) return plain
  const composed = text.normalize('NFC')
  return umlauts.test(composed) ? `${plain} ${plainText(composed.replaceAll(eachUmlaut, '$&e'))}` : plain
}

/** The words of a search, each of which must occur in a `searchText`. Pure. */
export function searchTerms(typed: string): readonly string[] {
  return plainText(typed).split(/\s+/).filter(Boolean)
}

const plainText = (text: string): string =>
  isAscii.test(text) ? text.toLowerCase() : text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII, a fast path for most names
const isAscii = /^[\x00-\x7f]*$/
const umlauts = /[äöü]/i
const eachUmlaut = /[äöü]/gi
