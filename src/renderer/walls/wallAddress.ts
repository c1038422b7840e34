import { withParams } from '../app/usePageParams.ts'

export interface WallAddress {
  readonly wall: string
  /** Zero-based. */
  readonly page: number
  /** Seconds after which the next page is shown; null: no rotation. */
  readonly rotate: number | null
  /** What to rotate over; `walls`: the last page of a wall is followed by the next wall. */
  readonly over: 'pages' | 'walls'
  /** Full screen: only the wall, scaled for a video wall. */
  readonly full: boolean
  /** Id of the wall whose form is open, or `new`; null: none. */
  readonly edit: string | null
}

export const rotations = [10, 20, 30, 60, 300] as const
/** Minimum and maximum rotation period, s. */
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

/** The next page or, after the last one, the first again or (`over` is `walls`) the next wall. Pure. */
export function nextPlace(
  { wall, page, over }: Pick<WallAddress, 'wall' | 'page' | 'over'>,
  pages: number,
  wallIds: readonly string[],
  step: 1 | -1 = 1,
): { readonly wall: string; readonly page: number } {
  const next = page + step
  const place = wallIds.indexOf(wall)
  // The wall has been removed.
  if (over === 'walls' && place < 0) return { wall: wallIds[0] ?? wall, page: 0 }
  if (next >= 0 && next < pages) return { wall, page: next }
  if (over === 'pages') return { wall, page: step === 1 ? 0 : pages - 1 }
  return { wall: wallIds[(place + step + wallIds.length) % wallIds.length] ?? wall, page: 0 }
}
