import { useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { Stream } from '../../shared/streams.ts'
import { formatMoment, type TimeZoneChoice } from '../../shared/units.ts'
import { orpc } from '../app/client.ts'
import { Button } from '../ui/Button.tsx'
import { expectStreams } from './expectStreams.ts'

interface ExpectationFactProps {
  readonly stream: Stream
  readonly zone: TimeZoneChoice
  readonly past: boolean
}
/** Who says whether a stream is expected, since when; and the button that says the opposite. */
export function ExpectationFact({ stream, zone, past }: ExpectationFactProps) {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const { expected, expectedBy, onDemand } = stream
  const operator = expectedBy?.operator ?? ''
  const why = onDemand
    ? t('stream.expectation.no.onDemand')
    : expected
      ? t(`stream.expectation.yes.${expectedBy?.by ?? 'mediamtx'}`, { operator })
      : t(`stream.expectation.no.${expectedBy?.by === 'operator' || expectedBy?.by === 'plan' ? expectedBy.by : 'nobody'}`, { operator })
  return (
    <span className="flex flex-wrap items-baseline gap-x-2 gap-y-1">
      <span>
        {why}
        {!onDemand && expectedBy !== undefined && (
          <span className="text-faint"> {t('common.sinceTime', { time: formatMoment(expectedBy.since, 'minute', zone) })}</span>
        )}
      </span>
      {!past && !onDemand && (
        <Button
          onClick={async () => {
            await expectStreams([stream], !expected, t)
            await queries.invalidateQueries({ queryKey: orpc.streams.get.key() })
          }}
        >
          {t(expected ? 'stream.expectation.notThese' : 'stream.expectation.these', { count: 1 })}
        </Button>
      )}
    </span>
  )
}
