import { useTranslation } from 'react-i18next'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host, HostReading } from '../../shared/hosts.ts'
import { formatDuration } from '../../shared/units.ts'
import { Mark } from '../ui/Mark.tsx'
import { hostFailureWords } from './hostFailureWords.ts'
import { KeyQuestion } from './KeyQuestion.tsx'

export interface HostTest {
  readonly error: HostFailure | null
  readonly reading: HostReading | null
  readonly way: Host['way']
}
interface HostTestViewProps {
  readonly result: HostTest
  readonly fresh: boolean
  readonly stored: () => Promise<Host | null>
  readonly onAccepted: (host: Host) => void
}
const facts = ['cpu', 'cores', 'load', 'memory', 'disks', 'networks', 'temperatures', 'gpus', 'uptime', 'media', 'goroutines'] as const

/**
 * Which figures a machine reports, judged by its first reading, which has no rates yet. Unreported figures are listed, too.
 * null: the first reading does not show whether it is reported.
 */
const reportedBy = (reading: HostReading): Readonly<Record<(typeof facts)[number], boolean | null>> => ({
  cpu: reading.cpuPercent !== null || reading.cores !== null,
  cores: reading.perCorePercent.length > 0,
  load: reading.load1 !== null,
  memory: reading.memoryPercent !== null,
  disks: reading.disks.length > 0,
  networks: reading.networks.length > 0,
  temperatures: reading.temperaturesC.length > 0,
  gpus: reading.gpus.length > 0,
  uptime: reading.uptimeSeconds !== null,
  media: reading.mediaServer === null ? null : true,
  goroutines: reading.mediaServer === null ? null : reading.mediaServer.goroutines !== null,
})

/** Result of a test: that it works and what the machine reports, or what is wrong and what to do. */
export function HostTestView({ result, fresh, stored, onAccepted }: HostTestViewProps) {
  const { t } = useTranslation()
  const { error, reading, way } = result
  if (error !== null && (error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged') && error.fingerprint !== null)
    return <KeyQuestion key={`${error.target} ${error.fingerprint}`} error={error} fresh={fresh} stored={stored} onAccepted={onAccepted} />
  if (error !== null)
    return (
      <div className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3" role="status">
        <Mark kind="critical" size={13} word={t(`hosts.error.${error.kind}`)} />
        <p>{hostFailureWords(error)}</p>
        {error.target !== null && <p className="text-faint text-sm">{error.target}</p>}
      </div>
    )
  const reported = reading === null ? null : reportedBy(reading)
  const named = (is: boolean) =>
    reported === null
      ? ''
      : facts
          .filter((fact) => reported[fact] === is)
          .map((fact) => t(`hosts.form.facts.${fact}`))
          .join(', ')
  return (
    <div className="flex flex-col gap-1.5 rounded-lg border border-line bg-bg p-3" role="status">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <Mark kind="ok" size={13} word={t('hosts.form.works')} />
        {way !== null && <span className="text-muted">{t(`hosts.form.worksWay.${way}`)}</span>}
      </div>
      {reading !== null && (
        <>
          <p>
            {[
              reading.hostname,
              reading.system,
              reading.uptimeSeconds === null ? null : `${t('hosts.column.uptime')} ${formatDuration(reading.uptimeSeconds * 1000)}`,
            ]
              .filter((word) => word !== null)
              .join(' · ')}
          </p>
          <p className="text-muted">
            {t('hosts.form.canTell')}: {named(true)}
          </p>
          {named(false) !== '' && (
            <p className="text-faint">
              {t('hosts.form.canNotTell')}: {named(false)}
            </p>
          )}
        </>
      )}
    </div>
  )
}
