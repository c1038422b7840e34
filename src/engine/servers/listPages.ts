/** One page of a list. `pageCount` is the number of pages that it announces, or null. */
export interface ListPage<T> {
  readonly items: readonly T[]
  readonly pageCount: number | null
}

/** Whether a page of the usual form ends at `at`, the closing bracket of its list. */
export function isEndOfList(body: Buffer, at: number): boolean {
  return body[at] === 0x5d && body[at + 1] === 0x7d && body.length - at < 100 && body.toString('latin1', at + 2).trim() === ''
}
