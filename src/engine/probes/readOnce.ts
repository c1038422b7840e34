import type { ContentSettings } from '../../shared/probeContent.ts'
import type { ProbeReading } from '../../shared/probeReadings.ts'
import type { TestedProbe } from '../../shared/probes.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { requestOf } from './probeReads.ts'
import { awaitsCaller, hidesSecrets } from './probeSettings.ts'
import { noProcess, type ProbesState } from './probesState.ts'

/** An address to test by reading it once. `id`: the probe for which it was entered. */
export interface TestInput extends ContentSettings {
  readonly url: string
  readonly lookSeconds: number
  readonly id?: string | undefined
}

/** Reads an entered address once, and stores nothing. */
export async function testProbe(
  probes: ProbesState,
  { url, id, ...settings }: TestInput,
  signal?: AbortSignal,
): Promise<Result<TestedProbe, 'SECRETS_HIDDEN'>> {
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
