/** The known word that was probably meant; null: none is similar. */
export function nearestWord(word: string, known: readonly string[]): string | null {
  const lower = word.toLowerCase()
  const begins = known.find((each) => lower.length >= 3 && (each.toLowerCase().startsWith(lower) || lower.startsWith(each.toLowerCase())))
  let best: string | null = begins ?? null
  let least = begins ? 2 : Math.max(1, Math.floor(word.length / 3)) + 1
  for (const each of known) {
    const distance = editDistance(lower, each.toLowerCase())
    if (distance < least) {
      least = distance
      best = each
    }
  }
  return best
}

/** Letters to insert, delete, replace, or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY))
    }
  }
  return at(a.length, b.length)
}
