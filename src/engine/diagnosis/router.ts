import type { Clock } from '../../clock/clock.ts'
import { type Playability, tryCountsMs } from '../../shared/playability.ts'
import { playabilityOf } from '../../shared/playabilityOf.ts'
import { api, orNotFound } from '../api.ts'
import type { Servers } from '../servers/servers.ts'
import type { Streams } from '../streams/streams.ts'
import type { Diagnoses } from './diagnosis.ts'

export function diagnosisRouter(diagnoses: Diagnoses, streams: Streams, servers: Servers, clock: Pick<Clock, 'now'>) {
  /** A stream by its known state and by its last diagnosis, if that is recent enough. */
  const evaluated = ({ serverId, path }: { readonly serverId: string; readonly path: string }): Playability | null => {
    const stream = streams.get(serverId, path)
    const server = servers.get(serverId)
    if (stream === null || server === null) return null
    const configuration = servers.configuration(serverId)
    const at = clock.now()
    const last = diagnoses.kept(serverId, path)?.find(({ endedAt }) => endedAt !== null)
    const tried = last?.endedAt != null && at - last.endedAt < tryCountsMs ? last : null
    const global = configuration === null || configuration.readAt === null ? null : configuration.global
    const rows = playabilityOf({ stream, version: server.version, global, findings: tried?.findings ?? [] })
    return { serverId, path, at, triedAt: tried?.endedAt ?? null, rows: [...rows] }
  }
  return {
    diagnosis: {
      ofServer: api.diagnosis.ofServer.handler(async ({ input, context, errors }) =>
        orNotFound(await diagnoses.run({ serverId: input.serverId, path: null, wakesOnDemand: false, by: context.operator.name }), errors),
      ),
      ofStream: api.diagnosis.ofStream.handler(async ({ input, context, errors }) =>
        orNotFound(await diagnoses.run({ ...input, by: context.operator.name }), errors),
      ),
      kept: api.diagnosis.kept.handler(({ input, errors }) => [...orNotFound(diagnoses.kept(input.serverId, input.path ?? null), errors)]),
    },
    playability: {
      ofStream: api.playability.ofStream.handler(({ input, errors }) => orNotFound(evaluated(input), errors)),
    },
  }
}
