import type { HotMoment, HotRounds, HotSamples, StoredGap, StoredSubject } from '../protocol/protocol.ts'
import type { BlockPool } from './blockPool.ts'
import type { NameTable } from './nameTable.ts'
import type { ClosedRounds, OpenRounds, OwnerColumns } from './ownerColumns.ts'

export function createHotQuery(names: NameTable, pool: BlockPool) {
  const rowsOf = (rounds: OpenRounds | ClosedRounds | null, path: string): Uint8Array | null => {
    const slot = rounds?.slots.get(path)
    return rounds === null || slot === undefined ? null : pool.read(rounds.chains, slot)
  }
  const subjectOf = ({ open, older }: OwnerRounds, owner: number, path: string, no: number): HotSamples['subjects'][number] => ({
    owner,
    no,
    rows: rowsOf(open, path),
    older: older.map((closed) => rowsOf(closed, path)),
  })

  return {
    samples: (subjects: readonly StoredSubject[], to: number): Omit<HotSamples, 'lastSeal'> => {
      const owners: HotOwner[] = []
      const found = new Map<string, { readonly index: number; readonly owner: OwnerColumns; readonly rounds: OwnerRounds }>()
      const ownerOf = (id: string) => {
        const known = found.get(id)
        if (known || !names.isKnown(id)) return known
        const owner = names.ownerOf(id)
        const rounds = roundsUntil(owner, to)
        const added = { index: owners.push(hotOwner(owner, rounds)) - 1, owner, rounds }
        found.set(id, added)
        return added
      }
      return {
        subjects: subjects.map(({ ownerId, path }) => {
          const of = ownerOf(ownerId)
          if (!of) return { owner: -1, no: -1, rows: null, older: [] }
          return subjectOf(of.rounds, of.index, path, names.storedNumberOf(of.owner, path) ?? -1)
        }),
        owners,
      }
    },
    /** Samples of all servers and streams. */
    moment: (to: number): Omit<HotMoment, 'lastSeal'> => {
      const owners: HotOwner[] = []
      const ownerIds: string[] = []
      const subjects: HotSamples['subjects'][number][] = []
      const paths: string[] = []
      for (const owner of names.owners.values()) {
        if (owner.kind !== 'server') continue
        const rounds = roundsUntil(owner, to)
        const all = rounds.open === null ? rounds.older : [...rounds.older, rounds.open]
        if (all.length === 0) continue
        const index = owners.push(hotOwner(owner, rounds)) - 1
        ownerIds.push(owner.id)
        const numbers = new Map<string, number>()
        for (const rounds of all) for (const [slot, path] of rounds.names.entries()) numbers.set(path, rounds.nos[slot] as number)
        for (const [path, no] of numbers) {
          paths.push(path)
          subjects.push(subjectOf(rounds, index, path, no))
        }
      }
      return { owners, subjects, ownerIds, paths }
    },
  }
}

/** Time of the oldest data in memory; null: there is none. */
export function unsealedFrom(owners: Iterable<OwnerColumns>): number | null {
  let from = Number.POSITIVE_INFINITY
  for (const { open, closed } of owners)
    for (const { times, gaps } of [open, ...closed]) {
      for (const at of times) from = Math.min(from, at)
      for (const [, at] of gaps) from = Math.min(from, at)
    }
  return Number.isFinite(from) ? from : null
}

type HotOwner = HotSamples['owners'][number]

/** Rounds of an owner that begin at or before a moment. */
interface OwnerRounds {
  readonly open: OpenRounds | null
  readonly older: readonly ClosedRounds[]
}

const roundsUntil = ({ open, closed }: OwnerColumns, to: number): OwnerRounds => ({
  open: beginsBy(open, to) ? open : null,
  older: closed.filter((rounds) => beginsBy(rounds, to)),
})

interface Times {
  readonly times: ArrayLike<number>
  readonly gaps: readonly StoredGap[]
}

function beginsBy({ times, gaps }: Times, to: number): boolean {
  // The first one usually decides, unless the clock was set back.
  for (let i = 0; i < times.length; i++) if ((times[i] as number) <= to) return true
  return gaps.some(([, at]) => at <= to)
}

const copyOf = ({ times, gaps }: Times): HotRounds => ({ times: Float64Array.from(times), gaps: gaps.slice() })
const hotOwner = ({ no }: OwnerColumns, { open, older }: OwnerRounds): HotOwner => ({
  no,
  ...copyOf(open ?? { times: [], gaps: [] }),
  older: older.map(copyOf),
})
