import { setImmediate as nextTurn } from 'node:timers/promises'
import { aboutStream, type NewEvent } from '../shared/events.ts'
import { hostSubject, serverSubject } from '../shared/subjectNames.ts'
import type { History, SampleBatch } from './history/history.ts'
import { groupStreamEvents } from './streams/groupEvents.ts'

/** Simulated history of one server, from before its first poll: the demo's past. */
export interface FirstPast {
  /** The server's name. */
  readonly name: string
  /** Name of the machine it runs on. */
  readonly hostName: string
  /** Oldest first. */
  readonly rounds: () => Iterable<Omit<SampleBatch, 'owner'> & { readonly of: 'server' | 'host' }>
  /** Stream facts and the time from which they hold, in the form of `keptStreamSchema`. */
  readonly facts: readonly { readonly at: number; readonly path: string; readonly facts: object }[]
  /** Events of its streams, without their subject. */
  readonly events: readonly { readonly path: string; readonly event: NewEvent }[]
}

/**
 * Writes the simulated past if history is empty; a restarted demo continues with the history it has. Runs before the first
 * poll, so that real samples follow it in time.
 */
export async function writeFirstPast(
  history: Pick<History, 'servers' | 'append' | 'describe' | 'record'>,
  past: readonly FirstPast[],
  idOf: { readonly server: (name: string) => string; readonly host: (name: string) => string },
): Promise<void> {
  if ((await history.servers()).length > 0) return
  for (const { name, hostName, rounds, facts, events } of past) {
    const serverId = idOf.server(name)
    const owners = { server: serverSubject(serverId), host: hostSubject(idOf.host(hostName)) }
    for (const { of, ...round } of rounds()) history.append({ owner: owners[of], ...round })
    for (const { at, path, facts: kept } of facts) history.describe(owners.server, at, [{ part: path, facts: kept }])
    history.record(groupStreamEvents(events.map(({ path, event }) => ({ ...event, ...aboutStream({ id: serverId, name }, path) }))))
    await nextTurn()
  }
}
