import type { CanaryReadProtocol } from '../../shared/canaries.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import type { YamlProbe } from './probes.ts'

/** By this project, lists of probes can be filtered. It is data, so it is the same in every language. */
const project = 'mtxdeck-canary'
const lookSeconds = 6

/** The probe that reads a test signal back continuously. */
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
