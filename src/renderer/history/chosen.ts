import {
  deviceSubject,
  hostSubject,
  ownerIdOf,
  partOf,
  probeSubject,
  type Subject,
  sameSubject,
  serverSubject,
  streamSubject,
} from '../../shared/subjectNames.ts'
import { withoutMoment } from '../app/moment.ts'
import { withParams } from '../app/usePageParams.ts'

export const mostChosen = 6

/** Of hosts and probes in addresses; encoded ids contain no colon. */
const marks = ['host:', 'probe:'] as const
type Mark = (typeof marks)[number] | ''
const markOf: Readonly<Record<Subject['kind'], Mark>> = { server: '', stream: '', host: 'host:', device: 'host:', probe: 'probe:' }
function key(subject: Subject) {
  const id = encodeURIComponent(ownerIdOf(subject))
  const part = partOf(subject)
  return `${markOf[subject.kind]}${id}${part === null ? '' : `/${part}`}`
}
function subjectOf(mark: Mark, id: string, part: string): Subject {
  if (mark === 'probe:') return probeSubject(id)
  if (mark === 'host:') return part === '' ? hostSubject(id) : deviceSubject(id, part)
  return part === '' ? serverSubject(id) : streamSubject(id, part)
}

/**
 * Reads the `of` parameters of an address, one per subject: `of=server`, `of=server/path`, `of=host:host`,
 * `of=host:host/disk:/` or `of=probe:probe`. Unreadable ones are skipped.
 */
export function readChosen(params: URLSearchParams): readonly Subject[] {
  const chosen: Subject[] = []
  for (const named of params.getAll('of')) {
    const mark = marks.find((one) => named.startsWith(one)) ?? ''
    const text = named.slice(mark.length)
    const slash = text.indexOf('/')
    let id: string
    try {
      id = decodeURIComponent(slash < 0 ? text : text.slice(0, slash))
    } catch {
      continue
    }
    const one = subjectOf(mark, id, slash < 0 ? '' : text.slice(slash + 1))
    if (id === '' || chosen.some((other) => sameSubject(other, one)) || chosen.length >= mostChosen) continue
    chosen.push(one)
  }
  return chosen
}

export function writeChosen(params: URLSearchParams, chosen: readonly Subject[]): URLSearchParams {
  return withParams(withoutMoment(params), { of: chosen.map(key) })
}

export function toHistoryOf(one: Subject): string {
  return `/history?${writeChosen(new URLSearchParams(), [one])}`
}
