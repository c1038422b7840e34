import { type AlikeKind, isReach, type StreamOrigin, topicOf } from '../../shared/alarms.ts'
import { isLoopback } from '../../shared/isLoopback.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { networkOf } from './networkOf.ts'

/** What an alarm may have in common with others. */
export interface Mark {
  readonly kind: AlikeKind
  readonly key: string
  /** As `LiveCounts` counts it, `kind value`; null: no stream has to be looked at for it. */
  readonly live: string | null
}

/** Whether an address, or the host of a URL, is this machine. */
export function isHere(address: string): boolean {
  return isLoopback(address.includes(':') && !address.startsWith('[') ? `[${address}]` : address)
}
export function known(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== ''
}

/** What streams of this origin may share with others. */
function* originMarks({ address, agent, source }: StreamOrigin): Iterable<readonly [AlikeKind, string]> {
  // Loopback of one server is not that of another.
  if (known(address) && !isHere(address)) {
    yield ['address', address]
    const network = networkOf(address)
    if (network !== null) yield ['network', network]
  }
  if (known(source) && !isHere(source)) yield ['source', source]
  if (known(agent)) yield ['agent', agent]
}

/** `hostOf`: at which host a server is asked. */
export function marksOf(alarm: AlarmRecord, hostOf: (serverId: string) => string | undefined): readonly Mark[] {
  const { subject, origin } = alarm
  // Servers of this machine have no network in common with it.
  if (subject.kind === 'server') return isReach(alarm) && !isHere(hostOf(subject.serverId) ?? '') ? [{ kind: 'servers', key: 'servers', live: null }] : []
  if (subject.kind !== 'stream') return []
  const family = topicOf(alarm)
  return [
    { kind: 'together', key: `together ${family} ${subject.serverId}`, live: null },
    { kind: 'path', key: `path ${family} ${subject.path}`, live: null },
    ...Array.from(origin ? originMarks(origin) : [], ([mark, value]): Mark => ({ kind: mark, key: `${mark} ${family} ${value}`, live: `${mark} ${value}` })),
  ]
}
