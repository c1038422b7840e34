import { createSemaphore } from '../../clock/semaphore.ts'
import type { Evidence, MediaError } from '../../shared/media.ts'
import {
  type ImportedProbes,
  type Probe,
  type ProbeChange,
  type ProbeInput,
  type ProbeStatus,
  probeSettingsSchema,
  type TestedProbe,
} from '../../shared/probes.ts'
import type { Result } from '../../shared/result.ts'
import { storedJson } from '../storage/storedJson.ts'
import { createWatchList, type YamlChange } from '../watching/watchList.ts'
import { type ImportInput, importProbes } from './importProbes.ts'
import { addProbe, agreeOnReading, removeProbe, updateFromYaml, updateProbe, watchStored, watchYaml } from './probeSettings.ts'
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
import { type TestInput, testProbe } from './readOnce.ts'

export type { ProbeChangeError, YamlProbe } from './probesState.ts'
/** Streams that are measured by their addresses, whether or not a watched server has them. */
export interface Probes {
  readonly all: () => readonly Probe[]
  /** The addresses that all probes read, with their secrets. */
  readonly addresses: () => readonly Pick<Probe, 'id' | 'url' | 'canary'>[]
  /** Id of the probe with this name that reads a canary back; null: there is none. */
  readonly idOfCanary: (name: string) => string | null
  readonly get: (id: string) => Probe | null
  readonly add: (input: ProbeInput) => Result<Probe, ProbeChangeError>
  readonly update: (id: string, change: ProbeChange) => Result<Probe, ProbeChangeError>
  readonly remove: (id: string) => Result<null, ProbeChangeError>
  /** Makes its last reading its contract. */
  readonly agree: (id: string) => Result<Probe, ProbeChangeError | 'NOT_READ'>
  readonly readNow: (id: string) => Probe | null
  readonly test: (input: TestInput, signal?: AbortSignal) => Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>>
  /** The picture of its last reading; null: it found nothing wrong with what is shown. */
  readonly pictureOf: (id: string) => Evidence | null
  readonly importList: (input: ImportInput) => Result<ImportedProbes, ProbeChangeError>
  readonly status: () => ProbeStatus
  /** Why no probe can be read; null: they can, or all are paused. */
  readonly cannotRead: () => MediaError | null
  readonly keep: (settings: TurnSettings) => ProbeStatus
  readonly applyYaml: (inputs: readonly YamlProbe[]) => YamlChange
  /** Resolves when nothing is being read. */
  readonly settled: () => Promise<void>
  /** Resolves when all loops have ended after the signal. */
  readonly ended: () => Promise<void>
}

const settingsKey = 'probes'

export function createProbes(deps: ProbesDeps, yamlProbes: readonly YamlProbe[]): Probes {
  const { clock, media } = deps
  const list = createWatchList<WatchedProbe, WatchedProbe['settings'], YamlProbe>({
    ...deps,
    noun: 'probe',
    watchStored: (row, settings) => watchStored(probes, row, settings),
    watchYaml: (id, input) => watchYaml(probes, id, input),
    updateFromYaml: (probe, input) => updateFromYaml(probes, probe, input),
    unwatched: ({ id }) => {
      const at = clock.now()
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
    all: () => deps.bundled ?? list.all().map((probe) => shown(probes, probe)),
    addresses: () => deps.bundled ?? list.all().map(({ id, address, settings: { url, canary } }) => ({ id, url: address ?? url, canary: canary ?? null })),
    idOfCanary: (name) => list.all().find((probe) => (probe.settings.canary ?? null) !== null && probe.name === name)?.id ?? null,
    get: (id) => {
      if (deps.bundled !== null) return deps.bundled.find((probe) => probe.id === id) ?? null
      const probe = list.byId.get(id)
      return probe ? shown(probes, probe) : null
    },
    add: (input) => addProbe(probes, input),
    update: (id, change) => updateProbe(probes, id, change),
    remove: (id) => removeProbe(probes, id),
    agree: (id) => agreeOnReading(probes, id),
    readNow: (id) => {
      const probe = list.byId.get(id)
      if (probe === undefined) return null
      probe.refusals = 0
      probe.hurry()
      return shown(probes, probe)
    },
    test: (input, signal) => testProbe(probes, input, signal),
    pictureOf: (id) => list.byId.get(id)?.picture ?? null,
    importList: (input) => importProbes(probes, input),
    status,
    cannotRead: () => (list.all().some(({ settings: { paused } }) => !paused) ? why() : null),
    keep: (next) => {
      deps.kept.write(settingsKey, JSON.stringify(next))
      probes.settings = next
      probes.turns.wake()
      return status()
    },
    applyYaml: list.applyYaml,
    settled: list.settled,
    ended: list.ended,
  }
}
