/** How long the scope of a rule is cached, ms: tags and names of servers may change. */
const scopeForMs = 60_000
const [isIn, isOut] = [1, 2]

/** Caches to which rows of a poll a rule applies. `isFor` is called once per row as long as the list of streams stays the same. */
export function createRowScopes(isFor: (ownerId: string, part: string | null) => boolean) {
  const scopes = new Map<string, { readonly parts: readonly string[] | null; readonly since: number; readonly rows: Uint8Array }>()
  const rowsOf = (ownerId: string, at: number, parts: readonly string[] | null): Uint8Array => {
    const known = scopes.get(ownerId)
    if (known !== undefined && known.parts === parts && Math.abs(at - known.since) < scopeForMs) return known.rows
    const rows = new Uint8Array(parts?.length ?? 1)
    scopes.set(ownerId, { parts, since: at, rows })
    return rows
  }
  return {
    of: (ownerId: string, at: number, parts: readonly string[] | null): ((row: number) => boolean) => {
      const rows = rowsOf(ownerId, at, parts)
      return (row) => {
        if (rows[row] === 0) rows[row] = isFor(ownerId, parts === null ? null : (parts[row] as string)) ? isIn : isOut
        return rows[row] === isIn
      }
    },
    forget: (ownerId: string): void => void scopes.delete(ownerId),
  }
}
export type RowScopes = ReturnType<typeof createRowScopes>
