import type { CanaryReadProtocol } from '../../shared/canaries.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import type { YamlProbe } from './probes.ts'

/** Lets lists of probes be filtered by it; data, the same in each language. */
const project = 'mtxdeck-canary'
const lookSeconds = 6

/** The probe that reads a test signal back, on and on. */
export function probeOfCanary({
  name,
  url,
  serverId,
  protocol,
}: {
  readonly name: string
  readonly url: string
  readonly serverId: string
  readonly protocol: CanaryReadProtocol
}): YamlProbe {
  const { paused: _, ...input } = probeInputSchema.parse({ name, url, project, mode: 'continuous', lookSeconds, intervalSeconds: 10 })
  return { ...input, canary: { serverId, protocol } }
}
