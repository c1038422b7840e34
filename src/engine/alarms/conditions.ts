import type { Server } from '../../shared/servers.ts'
import { type Trouble, troubleOfServer, troubleOfStream } from '../../shared/troubles.ts'
import type { Streams } from '../streams/streams.ts'
import type { Condition } from './alarmLife.ts'

/** What is known of one server and its streams now. */
export interface Conditions {
  /** The troubles that last. */
  readonly troubles: () => Iterable<Trouble>
  /** Of something that is not among the troubles. `path` null: of the server itself. null: not decided yet. */
  readonly otherwise: (path: string | null) => Exclude<Condition, { is: 'active' }> | null
}

/** Reads the conditions of a server: what `Fleet.troubles` lists, and whether the rest is well or can't be judged. */
export function conditionsOf(server: Server, streams: Pick<Streams, 'eachTroubledOf' | 'wellness'>): Conditions {
  const ofServer = troubleOfServer(server)
  const unjudged = { is: 'unknown', because: server.state === 'paused' ? 'paused' : ofServer === null ? 'console' : 'server' } as const
  return {
    troubles: function* () {
      if (ofServer !== null) yield ofServer
      for (const { serverName, facts, figures } of streams.eachTroubledOf(server.id)) {
        const trouble = troubleOfStream(serverName, facts, figures)
        if (trouble !== null) yield trouble
      }
    },
    otherwise: (path) => {
      if (server.state !== 'up') return unjudged
      const wellness = path === null ? 'well' : streams.wellness(server.id, path)
      if (wellness === 'undecided') return null
      return wellness === 'well' ? { is: 'healed' } : unjudged
    },
  }
}
