import type { CanaryReadProtocol } from '../../shared/canaries.ts'
import { probeInputSchema } from '../../shared/probes.ts'
import type { YamlProbe } from './probes.ts'

/** By this project, lists of probes can be filtered. It is data, so it is the same in every language. */
const project = 'mtxdeck-canary'
const lookSeconds = 6

/**
 * The probe that reads a test signal back: continuously, but by HLS, where a reader that was held up once stays as far behind, and sound and picture keep
 * the timeline of their first segment. There each look begins at the live edge, as a player does.
 */
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
  const mode = protocol === 'hls' ? 'turns' : 'continuous'
  const { paused: _, ...input } = probeInputSchema.parse({ name, url, project, mode, lookSeconds, intervalSeconds: 10 })
  return { ...input, canary: { serverId, protocol } }
}
