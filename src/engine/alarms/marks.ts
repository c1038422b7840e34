import { type AlikeKind, isReach, type StreamOrigin, topicOf } from '../../shared/alarms.ts'
import { isLoopback } from '../../shared/isLoopback.ts'
import type { AlarmRecord } from './alarmLife.ts'
import { networkOf } from './networkOf.ts'

/** A property that an alarm may share with others. */
export interface Mark {
  readonly kind: AlikeKind
  readonly key: string
  /** Key in `LiveCounts`, as `kind value`; null: live streams need not be counted for it. */
  readonly live: string | null
}

/** Whether an address, or the host of a URL, is that of this machine. */
export function isHere(address: string): boolean {
  return isLoopback(address.includes(':') && !address.startsWith('[') ? `[${address}]` : address)
}
export function known(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== ''
}

/** Properties of an origin that streams may share. */
function* originMarks({ address, agent, source }: StreamOrigin): Iterable<readonly [AlikeKind, string]> {
  // The loopback address of one server is not that of another.
  if (known(address) && !isHere(address)) {
    yield ['address', address]
    const network = networkOf(address)
    if (network !== null) yield ['network', network]
  }
  if (known(source) && !isHere(source)) yield ['source', source]
  if (known(agent)) yield ['agent', agent]
}

/** `hostOf`: the host at which a server's API is polled. */
export function marksOf(alarm: AlarmRecord, hostOf: (serverId: string) => string | undefined): readonly Mark[] {
  const { subject, origin } = alarm
  // Servers on this machine are reached without a network.
  if (subject.kind === 'server') return isReach(alarm) && !isHere(hostOf(subject.serverId) ?? '') ? [{ kind: 'servers', key: 'servers', live: null }] : []
  if (subject.kind !== 'stream') return []
  const family = topicOf(alarm)
  return [
    { kind: 'together', key: `together ${family} ${subject.serverId}`, live: null },
    { kind: 'path', key: `path ${family} ${subject.path}`, live: `path ${subject.path}` },
    ...Array.from(origin ? originMarks(origin) : [], ([mark, value]): Mark => ({ kind: mark, key: `${mark} ${family} ${value}`, live: `${mark} ${value}` })),
  ]
}
