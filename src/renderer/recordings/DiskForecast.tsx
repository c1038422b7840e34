import { useTranslation } from 'react-i18next'
import type { RecordingDisk } from '../../shared/recordings.ts'
import { formatDuration, formatValue } from '../../shared/units.ts'

/** As the rule for disks of hosts judges it, ms. */
const soonFullMs = 172_800_000

/** How long a disk lasts that a server records to. */
export function DiskForecast({ server, disk }: { readonly server: string; readonly disk: RecordingDisk }) {
  const { t } = useTranslation()
  const { host, mount, bitrateBps, freeBytes, fullInMs } = disk
  const facts = { server, host, mount, rate: formatValue(bitrateBps, 'bps'), free: formatValue(freeBytes, 'bytes') }
  return (
    <span className={fullInMs !== null && fullInMs < soonFullMs ? 'text-critical' : 'text-muted'}>
      {fullInMs === null ? t('recordings.diskLasts', facts) : t('recordings.disk', { ...facts, time: formatDuration(fullInMs) })}
    </span>
  )
}
