import { createSemaphore } from '../../clock/semaphore.ts'
import type { Evidence, MediaError } from '../../shared/media.ts'
import type { ContentSettings } from '../../shared/probeContent.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import {
  type ImportedProbes,
  type Probe,
  type ProbeChange,
  type ProbeInput,
  type ProbeStatus,
  probeSettingsSchema,
  type TestedProbe,
} from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { api, orNotFound, orRefused } from '../api.ts'
import type { Snapshots } from '../snapshots/snapshots.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createWatchList } from '../watching/watchList.ts'
import { type ImportInput, importProbes } from './importProbes.ts'
import { requestOf } from './probeReads.ts'
import { addProbe, agreeOnReading, awaitsCaller, hidesSecrets, removeProbe, updateFromYaml, updateProbe, watchStored, watchYaml } from './probeSettings.ts'
import {
  noProcess,
  type ProbeChangeError,
  type ProbesDeps,
  type ProbesState,
  shown,
  type TurnSettings,
  type WatchedProbe,
  type YamlProbe,
} from './probesState.ts'

export type { ProbeChangeError, YamlProbe } from './probesState.ts'

const settingsKey = 'probes'

/** Streams that are measured by their addresses, whether or not a watched server has them. */
export function createProbes(deps: ProbesDeps, yamlProbes: readonly YamlProbe[]) {
  const { clock, media } = deps
  const list = createWatchList<WatchedProbe, WatchedProbe['settings'], YamlProbe, Probe>({
    ...deps,
    noun: 'probe',
    shown: (probe) => shown(probes, probe),
    watchStored: (row, settings) => watchStored(probes, row, settings),
    watchYaml: (id, input) => watchYaml(probes, id, input),
    updateFromYaml: (probe, input) => updateFromYaml(probes, probe, input),
    unwatched: ({ id }) => {
      const at = clock.now()
      deps.addresses.delete(id)
      deps.describe(id, at, null)
      deps.gap(id, at)
      deps.forget(id)
    },
  })
  const probes: ProbesState = {
    ...deps,
    list,
    turns: createSemaphore(() => probes.settings.atOnce),
    settings: probeSettingsSchema.safeParse(storedJson(deps.kept.read(settingsKey))).data ?? probeSettingsSchema.parse({}),
    noTools: null,
    isRestored: false,
  }
  list.restore(yamlProbes)
  for (const probe of deps.bundled ?? []) {
    deps.members.add(probe.id, () => probe)
    deps.addresses.add(probe.id, () => probe)
  }
  probes.isRestored = true

  const why = (): MediaError | null => (media === null ? noProcess : probes.noTools)
  const status = (): ProbeStatus => {
    const now = clock.monotonic()
    const watched = list.all()
    const isLate = ({ dueSince, settings: { intervalSeconds } }: WatchedProbe) => dueSince !== null && now - dueSince > intervalSeconds * 500
    return {
      settings: probes.settings,
      why: why(),
      probes: watched.length,
      reading: watched.filter(({ reads }) => reads > 0).length,
      late: watched.filter(isLate).length,
    }
  }

  return {
    all: deps.members.all,
    /** The addresses that all probes read, with their secrets. */
    addresses: deps.addresses.all,
    /** Id of the probe with this name that reads a canary back; null: there is none. */
    idOfCanary: (name: string): string | null => list.all().find((probe) => (probe.settings.canary ?? null) !== null && probe.name === name)?.id ?? null,
    get: deps.members.get,
    add: (input: ProbeInput): Result<Probe, ProbeChangeError> => addProbe(probes, input),
    update: (id: string, change: ProbeChange): Result<Probe, ProbeChangeError> => updateProbe(probes, id, change),
    remove: (id: string): Result<null, ProbeChangeError> => removeProbe(probes, id),
    /** Makes its last reading its contract. */
    agree: (id: string): Result<Probe, ProbeChangeError | 'NOT_READ'> => agreeOnReading(probes, id),
    readNow: (id: string): Probe | null => {
      const probe = list.byId.get(id)
      if (probe === undefined) return null
      probe.refusals = 0
      probe.hurry()
      return shown(probes, probe)
    },
    test: (input: TestInput, signal?: AbortSignal): Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>> => testProbe(probes, input, signal),
    /** The picture of its last reading; null: it found nothing wrong with what is shown. */
    pictureOf: (id: string): Evidence | null => list.byId.get(id)?.picture ?? null,
    importList: (input: ImportInput): Result<ImportedProbes, ProbeChangeError> => importProbes(probes, input),
    status,
    /** Why no probe can be read; null: they can, or all are paused. */
    cannotRead: (): MediaError | null => (list.all().some(({ settings: { paused } }) => !paused) ? why() : null),
    keep: (next: TurnSettings): ProbeStatus => {
      deps.kept.write(settingsKey, JSON.stringify(next))
      probes.settings = next
      probes.turns.wake()
      return status()
    },
    applyYaml: list.applyYaml,
    /** Resolves when nothing is being read. */
    settled: list.settled,
    /** Resolves when all loops have ended after the signal. */
    ended: list.ended,
  }
}
export type Probes = ReturnType<typeof createProbes>

/** An address to test by reading it once. `id`: the probe for which it was entered. */
interface TestInput extends ContentSettings {
  readonly url: string
  readonly lookSeconds: number
  readonly id?: string | undefined
}

/** Reads an entered address once, and stores nothing. */
async function testProbe(probes: ProbesState, { url, id, ...settings }: TestInput, signal?: AbortSignal): Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>> {
  const { media, list } = probes
  const known = id === undefined ? undefined : list.byId.get(id)
  if (hidesSecrets(url, known)) return err('SECRETS_HIDDEN')
  if (media === null) return ok({ reading: null, why: noProcess })
  const address = known !== undefined && url === known.settings.url ? known.address : url
  if (address === null) return ok({ reading: null, why: { kind: 'addressUnreadable' } })
  if (awaitsCaller(address)) return ok({ reading: null, why: { kind: 'refusedAddress', because: 'awaitsCaller' } })
  const readings: ProbeReading[] = []
  const limited = signal ? AbortSignal.any([probes.signal, signal]) : probes.signal
  const why = await list.track(media.probe(requestOf(probes, address, settings, false), (found) => readings.push(found), limited))
  const reading = readings[0] ?? null
  return ok({ reading, why: reading === null ? why : null })
}

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
