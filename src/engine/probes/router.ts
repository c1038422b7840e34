import { api, orNotFound, orRefused } from '../api.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import type { Probes } from './probes.ts'

export function probesRouter(
  probes: Probes,
  probedStreams: () => ReadonlyMap<string, { readonly serverId: string; readonly path: string }>,
  evidence: Snapshots['evidence'],
) {
  return {
    list: api.probes.list.handler(() => [...probes.all()]),
    streams: api.probes.streams.handler(() => Array.from(probedStreams(), ([probeId, { serverId, path }]) => ({ probeId, serverId, path }))),
    get: api.probes.get.handler(({ input, errors }) => orNotFound(probes.get(input.id), errors)),
    add: api.probes.add.handler(({ input, errors }) => orRefused(probes.add(input), errors)),
    update: api.probes.update.handler(({ input, errors }) => orRefused(probes.update(input.id, input.change), errors)),
    remove: api.probes.remove.handler(({ input, errors }) => {
      orRefused(probes.remove(input.id), errors)
    }),
    agree: api.probes.agree.handler(({ input, errors }) => orRefused(probes.agree(input.id), errors)),
    readNow: api.probes.readNow.handler(({ input, errors }) => orNotFound(probes.readNow(input.id), errors)),
    test: api.probes.test.handler(async ({ input, errors, signal }) => orRefused(await probes.test(input, signal), errors)),
    import: api.probes.import.handler(({ input, errors }) => orRefused(probes.importList(input), errors)),
    evidence: api.probes.evidence.handler(({ input: { id, from = 0, to = Number.MAX_SAFE_INTEGER } }) => evidence({ id, from, to })),
    status: api.probes.status.handler(() => probes.status()),
    keep: api.probes.keep.handler(({ input }) => probes.keep(input)),
  }
}
