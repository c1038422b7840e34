import type { Server } from '../../shared/servers.ts'
import type { StreamState } from '../../shared/streams.ts'
import { type Trouble, troubleOfServer, troubleOfStream } from '../../shared/troubles.ts'
import type { Streams } from '../streams/streams.ts'
import type { Condition } from './alarmLife.ts'

/** What is known of one server and its streams now. */
export interface Conditions {
  /** The troubles that last. */
  readonly troubles: () => Iterable<Trouble>
  /** Of something that is not among the troubles. `path` null: of the server itself. */
  readonly otherwise: (path: string | null) => Exclude<Condition, { is: 'active' }>
}

/** Reads the conditions of a server: what `Fleet.troubles` lists, and whether the rest is well or can't be judged. */
export function conditionsOf(server: Server, streams: Pick<Streams, 'eachTroubledOf' | 'stateOf'>): Conditions {
  const ofServer = troubleOfServer(server)
  const unjudged: Condition = { is: 'unknown', because: server.state === 'paused' ? 'paused' : ofServer === null ? 'console' : 'server' }
  const ofStream = (state: StreamState | null): ReturnType<Conditions['otherwise']> =>
    server.state !== 'up' || state === 'unknown' ? unjudged : { is: 'healed' }
  return {
    troubles: function* () {
      if (ofServer !== null) yield ofServer
      for (const { serverName, facts, figures } of streams.eachTroubledOf(server.id)) {
        const trouble = troubleOfStream(serverName, facts, figures)
        if (trouble !== null) yield trouble
      }
    },
    otherwise: (path) => {
      if (path !== null) return ofStream(streams.stateOf(server.id, path))
      return server.state === 'up' ? { is: 'healed' } : unjudged
    },
  }
}
