import { withParams } from '../app/usePageParams.ts'

/** What the address says of the page: which wall, where on it, and how it is shown. */
export interface WallAddress {
  readonly wall: string
  /** From 0. */
  readonly page: number
  /** It turns to the next page after so many s; null: it does not. */
  readonly rotate: number | null
  /** After the last page of a wall the next wall follows. */
  readonly over: 'pages' | 'walls'
  /** Nothing but the wall, at the size of a wall. */
  readonly full: boolean
  /** The id of the wall whose form is open, or `new`; null: none is. */
  readonly edit: string | null
}

export const rotations = [10, 20, 30, 60, 300] as const
/** Shortest and longest, s, of what an address may ask for. */
const [shortest, longest] = [5, 3_600]
const defaultWall = 'penalty'

export function readWallAddress(params: URLSearchParams): WallAddress {
  const rotate = Number(params.get('rotate') ?? Number.NaN)
  const page = Number(params.get('page') ?? 1)
  return {
    wall: params.get('wall') || defaultWall,
    page: Number.isInteger(page) && page >= 1 ? page - 1 : 0,
    rotate: Number.isFinite(rotate) && rotate > 0 ? Math.min(longest, Math.max(shortest, rotate)) : null,
    over: params.get('over') === 'walls' ? 'walls' : 'pages',
    full: params.has('full'),
    edit: params.get('edit') || null,
  }
}

export function writeWallAddress(before: URLSearchParams, change: Partial<WallAddress>): URLSearchParams {
  const { wall, page, rotate, over, full, edit } = change
  return withParams(before, {
    ...(wall !== undefined && { wall: wall === defaultWall ? null : wall, page: null }),
    ...(page !== undefined && { page: page === 0 ? null : String(page + 1) }),
    ...(rotate !== undefined && { rotate: rotate === null ? null : String(rotate) }),
    ...(over !== undefined && { over: over === 'walls' ? over : null }),
    ...(full !== undefined && { full: full ? '1' : null }),
    ...(edit !== undefined && { edit }),
  })
}

/** Where a wall goes on: its next page, after the last one the first again or with `over` the next wall. Pure. */
export function nextPlace(
  { wall, page, over }: Pick<WallAddress, 'wall' | 'page' | 'over'>,
  pages: number,
  wallIds: readonly string[],
  step: 1 | -1 = 1,
): { readonly wall: string; readonly page: number } {
  const next = page + step
  const place = wallIds.indexOf(wall)
  // It has been removed.
  if (over === 'walls' && place < 0) return { wall: wallIds[0] ?? wall, page: 0 }
  if (next >= 0 && next < pages) return { wall, page: next }
  if (over === 'pages') return { wall, page: step === 1 ? 0 : pages - 1 }
  return { wall: wallIds[(place + step + wallIds.length) % wallIds.length] ?? wall, page: 0 }
}
