import { useTranslation } from 'react-i18next'
import type { HostFailure } from '../../shared/errors.ts'
import type { Host, HostReading } from '../../shared/hosts.ts'
import { formatDuration } from '../../shared/units.ts'
import { Mark } from '../ui/Mark.tsx'
import { KeyQuestion } from './KeyQuestion.tsx'
import { hostFailure } from './useHosts.ts'

export interface HostTest {
  readonly error: HostFailure | null
  readonly reading: HostReading | null
}
interface HostTestViewProps {
  readonly result: HostTest
  readonly stored: () => Promise<Host | null>
  readonly onAccepted: (host: Host) => void
}

/** Result of a test: that it works and which machine answers, or what is wrong and what to do. */
export function HostTestView({ result: { error, reading }, stored, onAccepted }: HostTestViewProps) {
  const { t } = useTranslation()
  if (error !== null && (error.kind === 'hostKeyUnknown' || error.kind === 'hostKeyChanged') && error.fingerprint !== null)
    return <KeyQuestion key={`${error.target} ${error.fingerprint}`} error={error} stored={stored} onAccepted={onAccepted} />
  const { what, todo } = error === null ? { what: t('hosts.form.works'), todo: '' } : hostFailure(error)
  const facts = [
    reading?.hostname ?? [],
    reading?.system ?? [],
    reading?.uptimeSeconds == null ? [] : `${t('hosts.column.uptime')} ${formatDuration(reading.uptimeSeconds * 1000)}`,
  ].flat()
  return (
    <div className="flex flex-col gap-1 rounded-lg border border-line bg-bg p-3" role="status">
      <Mark kind={error === null ? 'ok' : 'critical'} size={13} word={what} />
      {todo !== '' && <p>{todo}</p>}
      {facts.length > 0 && <p>{facts.join(' · ')}</p>}
    </div>
  )
}
