import { useTranslation } from 'react-i18next'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { formatDuration, formatTime } from '../../shared/units.ts'
import { usePreferences } from '../app/preferences.ts'
import { oldAfterMs, pictureSrc } from '../fleet/snapshots.ts'
import { useNow } from '../ui/now.ts'

interface KeptSnapshotProps {
  readonly picture: KeptPicture
  /** The window is in the past. */
  readonly past?: boolean
  /** It is not what is on air: it is drawn grey, below the words that say so. */
  readonly dim: boolean
  /** Why nothing plays; null: that is said elsewhere. */
  readonly reason: string | null
  /** Buttons beside what is said. */
  readonly children?: React.ReactNode
}
/** A kept snapshot where a live picture would be, with its time, its age, and why nothing plays. */
export function KeptSnapshot({ picture: { at, isSlate, ...picture }, past = false, dim, reason, children }: KeptSnapshotProps) {
  const { t } = useTranslation()
  const { zone } = usePreferences()
  const now = useNow()
  const age = Math.max(0, now - at)
  const time = formatTime(at, zone)
  return (
    <div className="absolute inset-0">
      <img
        src={pictureSrc(picture)}
        alt={t('snapshot.of', { time })}
        className={`h-full w-full object-contain ${dim ? 'opacity-30' : ''} ${dim || age >= oldAfterMs ? 'grayscale' : ''}`}
        data-kept={at}
      />
      <div className="absolute inset-x-2 bottom-2 flex items-end justify-between gap-2">
        <div className="min-w-0 rounded bg-black/70 px-2 py-0.5 text-sm text-[#dfe6ee]">
          {t('snapshot.of', { time })} · {t(past ? 'snapshot.earlier' : 'common.ageAgo', { age: formatDuration(age) })}
          {isSlate && ` · ${t('streamState.slate')}`}
          {/* Only this is announced, and not the age every second. */}
          {reason !== null && <span role="status"> · {reason}</span>}
        </div>
        {children && <div className="flex max-w-[55%] flex-none flex-wrap items-end justify-end gap-1.5">{children}</div>}
      </div>
    </div>
  )
}
