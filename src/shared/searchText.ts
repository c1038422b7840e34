/**
 * A text as it is searched: without case and without accents, so that "zur" finds Zürich and "strasse" finds Straße. Both the text and
 * what is looked for in it go through here. Pure.
 */
export const searchText = (text: string): string =>
  isAscii.test(text) ? text.toLowerCase() : text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII, the fast way for most names
const isAscii = /^[\x00-\x7f]*$/

/** The words of what somebody typed, each of which must be found. Pure. */
export const searchWords = (typed: string): readonly string[] => searchText(typed).split(/\s+/).filter(Boolean)
