import { withoutMoment } from '../app/moment.ts'

/** What somebody chose to look at: a server or a host (`path` is ''), one of the server's streams, or a part of the host such as `disk:/`. */
export interface Chosen {
  readonly serverId: string
  readonly path: string
}
/** More charts than that on one page nobody compares. */
export const mostChosen = 6

const key = ({ serverId, path }: Chosen) => (path === '' ? encodeURIComponent(serverId) : `${encodeURIComponent(serverId)}/${path}`)
export const sameChosen = (a: Chosen, b: Chosen): boolean => a.serverId === b.serverId && a.path === b.path

/** Reads `of` of an address, once for each: `of=server` or `of=server/path`. What can't be read is left out. */
export const readChosen = (params: URLSearchParams): readonly Chosen[] => {
  const chosen: Chosen[] = []
  for (const text of params.getAll('of')) {
    const slash = text.indexOf('/')
    let serverId: string
    try {
      serverId = decodeURIComponent(slash < 0 ? text : text.slice(0, slash))
    } catch {
      continue
    }
    const one = { serverId, path: slash < 0 ? '' : text.slice(slash + 1) }
    if (serverId === '' || chosen.some((other) => sameChosen(other, one)) || chosen.length >= mostChosen) continue
    chosen.push(one)
  }
  return chosen
}

/** How many of each list are shown where there is room for so many rows: a long one must not hide the others. */
export const shareRows = (counts: readonly number[], rows: number): readonly number[] => {
  const shares = counts.map(() => 0)
  let left = Math.min(
    rows,
    counts.reduce((sum, count) => sum + count, 0),
  )
  while (left > 0)
    counts.forEach((count, place) => {
      if (left === 0 || (shares[place] ?? 0) >= count) return
      shares[place] = (shares[place] ?? 0) + 1
      left--
    })
  return shares
}

/** The same parameters with another choice. */
export const writeChosen = (params: URLSearchParams, chosen: readonly Chosen[]): URLSearchParams => {
  const next = withoutMoment(params)
  next.delete('of')
  for (const one of chosen) next.append('of', key(one))
  return next
}
