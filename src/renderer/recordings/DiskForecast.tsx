import { useTranslation } from 'react-i18next'
import { fullSoonMs } from '../../shared/hosts.ts'
import type { RecordingDisk } from '../../shared/recordings.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'

/** How long a disk lasts that a server records to. */
export function DiskForecast({ server, disk }: { readonly server: string; readonly disk: RecordingDisk }) {
  const { t } = useTranslation()
  const { host, mount, bitrateBps, freeBytes, fullInMs } = disk
  // As much is deleted by then as is recorded: nothing to do.
  if (fullInMs === null) return null
  const facts = { server, host, mount, rate: formatValue(bitrateBps, 'bps'), free: formatValue(freeBytes, 'bytes') }
  return <span className={fullInMs < fullSoonMs ? 'text-critical' : 'text-muted'}>{t('recordings.disk', { ...facts, time: formatDuration(fullInMs) })}</span>
}
