import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { isPulled } from '../../i18n/media.ts'
import type { Stream } from '../../shared/streams.ts'
import { formatDuration, formatMoment, formatValue } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { t } from '../app/words.ts'
import { May } from '../fleet/me.tsx'
import { Button } from '../ui/Button.tsx'
import { type Fact, Facts } from '../ui/Facts.tsx'
import { useNow } from '../ui/now.ts'
import { expectStreams } from './Expectation.tsx'
import { protocolName, trackText } from './streamRow.ts'

interface StreamFactsListProps {
  readonly stream: Stream
  /** When it is to be on air; null: at any time, as far as is known. */
  readonly planned: ReactNode
  /** In the past nothing can be changed. */
  readonly past: boolean
}
/** Facts about a stream, as far as its server reports them. Unknown ones are left out, never shown as 0. */
export function StreamFactsList({ stream, planned, past }: StreamFactsListProps) {
  const now = useNow()
  // Counters of a path without a publisher are 0 only because there is nothing to count.
  const gone = stream.state === 'gone' || stream.state === 'ended'
  const count = (value: number | null) => (value === null ? null : formatValue(value, 'count'))
  const source = stream.source
  const from = source?.remoteAddr ?? stream.publisher
  const latencies = stream.sessions.flatMap((session) => (session.role === 'reader' && !session.own && session.srt?.latencyMs ? [session.srt.latencyMs] : []))
  const readers = [...new Set(latencies)].sort((a, b) => a - b)
  const byType = Object.entries(stream.readersByType)
    .filter(([, number]) => number > 0)
    .map(([type, number]) => `${number} ${protocolName(type)}`)
  // Show a loss counter only if the chart beside it has a value, too.
  const lossKnown = !gone && stream.figures.lostLastMinute !== null
  const lost =
    lossKnown && stream.packetsLost !== null && stream.packetsLostEstimated
      ? t('stream.lostAbout', { count: stream.packetsLost })
      : stream.srt?.packetsLoss === null && stream.packetsLostEstimated
        ? t('stream.lostNotCounted')
        : lossKnown
          ? count(stream.packetsLost)
          : null
  const channelText = (count: number) => t('stream.channels', { count })
  const rows: readonly Fact[] = [
    [
      t('common.source'),
      stream.sourceType === null
        ? t('streams.noSource')
        : `${protocolName(stream.sourceType)}${isPulled(stream.sourceType) ? ` ${t('streams.pulled')}` : ''}${from ? ` ${t('stream.from', { from })}` : ''}`,
      stream.upSince === null ? null : t('common.sinceTime', { time: formatMoment(stream.upSince, 'minute') }),
    ],
    [
      t('stream.pulling'),
      stream.pulled && t(`forwards.state.${stream.pulled.state}`),
      stream.pulled && t('common.readAgeAgo', { age: formatDuration(Math.max(0, now - stream.pulled.readAt)) }),
    ],
    ...stream.tracks.map((track): Fact => [t(`stream.kind.${track.kind}`), trackText(track, channelText)]),
    [t('stream.encoder'), source?.userAgent ?? null],
    [
      t('stream.latency'),
      stream.srt?.latencyMs
        ? `${t('stream.publisherLatency', { ms: stream.srt.latencyMs })}${readers.length ? ` · ${t('stream.readerLatency', { ms: readers.join(', ') })}` : ''}`
        : null,
    ],
    [t('stream.lostForGood'), lost, stream.packetsRepaired === null ? null : t('stream.repaired', { count: stream.packetsRepaired })],
    [t('stream.framesInError'), gone ? null : count(stream.framesInError)],
    [t('stream.discarded'), count(stream.framesDiscarded), t('stream.discardedHint')],
    [t('stream.jitter'), stream.jitter === null ? null : formatValue(stream.jitter, 'ticks'), t('stream.jitterHint')],
    [
      t('stream.received'),
      gone || stream.figures.bytesReceived === null ? null : formatValue(stream.figures.bytesReceived, 'bytes'),
      stream.figures.bytesSent === null ? null : t('stream.sent', { bytes: formatValue(stream.figures.bytesSent, 'bytes') }),
    ],
    [t('common.readers'), byType.length > 0 ? byType.join(' · ') : null, stream.hlsViewersUnknown ? t('stream.hlsUncounted') : null],
    [t('stream.expected'), <ExpectationFact key="expected" stream={stream} past={past} />],
    [t('onAir.title'), planned],
  ]
  return <Facts rows={rows} />
}

function ExpectationFact({ stream, past }: { readonly stream: Stream; readonly past: boolean }) {
  const queries = useQueryClient()
  const { expected, expectedBy, onDemand } = stream
  const { by = 'mediamtx', operator = '' } = expectedBy ?? {}
  const why = onDemand
    ? t('stream.expectation.no.onDemand')
    : expected
      ? t(`stream.expectation.yes.${by}`, { operator })
      : t(`stream.expectation.no.${by === 'operator' || by === 'camera' || by === 'plan' ? by : 'nobody'}`, { operator })
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
      <span>
        {why}
        {!onDemand && expectedBy !== undefined && (
          <span className="text-faint"> {t('common.sinceTime', { time: formatMoment(expectedBy.since, 'minute') })}</span>
        )}
      </span>
      {!past && !onDemand && (
        <May needs="operate">
          <Button
            onClick={async () => {
              await expectStreams([stream], !expected)
              await queries.invalidateQueries({ queryKey: orpc.streams.get.key() })
            }}
          >
            {t(expected ? 'stream.expectation.notThese' : 'stream.expectation.these', { count: 1 })}
          </Button>
        </May>
      )}
    </span>
  )
}
