import { type Clock, sleep } from '../clock/clock.ts'
import { createSemaphore } from '../clock/semaphore.ts'
import { pictureText } from '../i18n/pictureText.ts'
import type { MediaError } from '../shared/media.ts'
import { gradeOf, gradeReasonsOf, type OnceProbe } from '../shared/probeGrades.ts'
import type { ProbeReading } from '../shared/probeReadings.ts'
import { redactText, redactUrl } from '../shared/redact.ts'
import type { Severity } from '../shared/severities.ts'
import type { MediaPort } from './ports.ts'
import { requestOf } from './probes/probeReads.ts'
import { awaitsCaller } from './probes/probes.ts'
import type { YamlProbe } from './probes/probesState.ts'

interface ReadProbesOnceOptions {
  readonly clock: Clock
  readonly probes: readonly YamlProbe[]
  readonly media: Pick<MediaPort, 'probe'>
  readonly userAgent: string
  readonly ffmpeg: string
  /** Severity of a probe that can't be read, by its index and the rules in force; null: none watches it. */
  readonly severityOf: (index: number) => Severity | null
  readonly signal: AbortSignal
}

const mostAtOnce = 20
const retryAfterMs = 1_000
/** Reasons that lie with this machine, and say nothing of the stream. */
const isOwn = ({ kind }: MediaError): boolean => kind === 'noFfmpeg' || kind === 'unavailable' || kind === 'cancelled'

/** Reads every probe once, and once more where it failed and has retries, without storing anything. */
export async function readProbesOnce(options: ReadProbesOnceOptions): Promise<OnceProbe[]> {
  const { clock, probes, media, userAgent, ffmpeg, severityOf, signal } = options
  const turns = createSemaphore(mostAtOnce)
  const deps = { marked: (address: string) => address, gateAt: () => null, userAgent, ffmpeg: () => ffmpeg }
  const look = async (probe: YamlProbe): Promise<{ readonly reading: ProbeReading | null; readonly why: MediaError | null }> => {
    if (awaitsCaller(probe.url)) return { reading: null, why: { kind: 'refusedAddress', because: 'awaitsCaller' } }
    let reading: ProbeReading | null = null
    const why = await media.probe(requestOf(deps, probe.url, probe, false), (read) => (reading ??= read), signal)
    return { reading, why }
  }
  const readOne = async (probe: YamlProbe, index: number): Promise<OnceProbe> => {
    if (!(await turns.acquire(signal))) signal.throwIfAborted()
    try {
      let found = await look(probe)
      if (found.reading === null && probe.retries > 0 && found.why !== null && !isOwn(found.why)) {
        await sleep(clock, retryAfterMs, signal)
        found = await look(probe)
      }
      signal.throwIfAborted()
      const { reading, why } = found
      const about = { name: probe.name, project: probe.project, url: redactUrl(probe.url) }
      const error = reading !== null || why === null ? null : redactText(pictureText(why, 'en'))
      if (reading === null) {
        const unknown = why !== null && isOwn(why)
        const figures = { grade: null, codec: null, width: null, height: null, bitrateBps: null, fps: null, answerMs: null }
        return { ...about, up: unknown ? null : false, severity: unknown ? null : severityOf(index), error, ...figures }
      }
      const { video, bitrateBps, response } = reading
      const { codec = null, widthPx: width = null, heightPx: height = null, fps = null } = video ?? {}
      const grade = gradeOf(gradeReasonsOf(reading, null, []))
      return { ...about, up: true, severity: null, error, grade, codec, width, height, bitrateBps, fps, answerMs: response.answerMs }
    } finally {
      turns.release()
    }
  }
  return await Promise.all(probes.map(readOne))
}
