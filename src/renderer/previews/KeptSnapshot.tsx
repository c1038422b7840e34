import { History } from 'lucide-react'
import type { KeptPicture } from '../../shared/snapshots.ts'
import { isOffAir } from '../../shared/streams.ts'
import { formatDuration, formatTime } from '../../shared/units.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { t } from '../app/words.ts'
import { oldAfterMs, pictureSrc, type StreamName, useNewestSnapshots } from '../fleet/snapshots.ts'
import { engineNow, useNow } from '../ui/now.ts'

interface KeptSnapshotProps {
  readonly picture: KeptPicture
  readonly past?: boolean
  /** It is not what is on air: it is drawn grey, below the words that say so. */
  readonly dim: boolean
  /** Why nothing plays; null: that is said elsewhere. */
  readonly reason: string | null
  readonly children?: React.ReactNode
}
/** A kept snapshot where a live picture would be, with its time, its age, and why nothing plays. */
export function KeptSnapshot({ picture: { at, isSlate, ...picture }, past = false, dim, reason, children }: KeptSnapshotProps) {
  const shownAt = useNow()
  const age = Math.max(0, (past ? shownAt : engineNow()) - at)
  const time = formatTime(at)
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

interface PastPictureProps extends StreamName {
  /** Its state at that moment: the last picture of one that was not on air is drawn grey. */
  readonly state: StreamState | undefined
  readonly className?: string
}
/** The newest snapshot that was kept up to the moment that the window shows, or that there is none: a live picture would be misleading. */
export function PastPicture({ serverId, path, state, className = '' }: PastPictureProps) {
  const picture = useNewestSnapshots([{ serverId, path }]).of({ serverId, path })
  if (picture === null)
    return (
      <div
        data-theme="dark"
        className={`relative flex aspect-video flex-col items-center justify-center gap-1.5 overflow-hidden rounded-lg border border-line bg-black px-6 text-center text-[#dfe6ee] ${className}`}
        role="status"
        data-picture="past"
      >
        <History size={20} className="text-past" aria-hidden="true" />
        <b className="text-lg tracking-[0.06em]">{t('past.noPicture')}</b>
        <span className="max-w-[46ch] text-[#b6c1cd]">{t('past.noPictureText')}</span>
      </div>
    )
  const reason = state !== undefined && (isOffAir(state) || state === 'unknown') ? t(`streamState.${state}`) : null
  return (
    <div
      data-theme="dark"
      className={`relative aspect-video overflow-hidden rounded-lg border border-line bg-black ${className}`}
      data-picture={picture && 'past'}
    >
      {picture && <KeptSnapshot picture={picture} past dim={reason !== null} reason={reason} />}
    </div>
  )
}
