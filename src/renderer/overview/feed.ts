/**
 * A sentence cut at the name it is about, so that the name can be set strong; all of it is `after` where the name
 * does not occur. Pure.
 */
export function cutAtName(text: string, name: string | null): readonly [before: string, name: string, after: string] {
  const place = name ? text.indexOf(name) : -1
  return name && place >= 0 ? [text.slice(0, place), name, text.slice(place + name.length)] : ['', '', text]
}
