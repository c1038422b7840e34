/** Maximum length of a pattern, in UTF-16 units. */
export const longestPattern = 500

/** Whether a path matches a pattern, in which `*` stands for any letters, also none and also `/`. Linear in both, whatever they hold. Pure. */
export function matchesPattern(pattern: string, path: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return path === first
  if (!path.startsWith(first) || !path.endsWith(last) || path.length < first.length + last.length) return false
  const end = path.length - last.length
  let from = first.length
  for (const part of rest) {
    const found = path.indexOf(part, from)
    if (found === -1 || found + part.length > end) return false
    from = found + part.length
  }
  return true
}
