import { setImmediate as nextTurn } from 'node:timers/promises'
import { aboutStream, type NewEvent } from '../shared/events.ts'
import { hostSubject, serverSubject } from '../shared/subjects.ts'
import type { History, SampleBatch } from './history/history.ts'
import { groupStreamEvents } from './streams/groupEvents.ts'

/** What is known of a server before anything was asked: a demo's made-up yesterday. */
export interface FirstPast {
  /** The server's name. */
  readonly name: string
  /** That of the machine under it. */
  readonly hostName: string
  /** Oldest first. */
  readonly rounds: () => Iterable<Omit<SampleBatch, 'owner'> & { readonly of: 'server' | 'host' }>
  /** What holds of its streams from a moment on, as `keptStreamSchema` has it. */
  readonly facts: readonly { readonly at: number; readonly path: string; readonly facts: object }[]
  /** Of its streams; whose they are is known here. */
  readonly events: readonly { readonly path: string; readonly event: NewEvent }[]
}

/** Writes it where history is empty, so that a demo that is started again goes on with what it had. Before servers are asked: their samples come after it. */
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
