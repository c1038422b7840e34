/**
 * Splits a sentence at a name, so that the name can be emphasised. If the name does not occur, everything is
 * in `after`. Pure.
 */
export function cutAtName(text: string, name: string | null): readonly [before: string, name: string, after: string] {
  const place = name ? text.indexOf(name) : -1
  return name && place >= 0 ? [text.slice(0, place), name, text.slice(place + name.length)] : ['', '', text]
}
