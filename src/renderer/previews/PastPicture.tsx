import { useTranslation } from 'react-i18next'
import { isOffAir } from '../../shared/streams.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { type StreamName, useNewestSnapshots } from '../fleet/snapshots.ts'
import { KeptSnapshot } from './KeptSnapshot.tsx'
import { NoPictureTile } from './NoPictureTile.tsx'

interface PastPictureProps extends StreamName {
  /** Its state at that moment: the last picture of one that was not on air is drawn grey. */
  readonly state: StreamState | undefined
  readonly className?: string
}
/** The newest snapshot that was kept up to the moment that the window shows, or that there is none: a live picture would be misleading. */
export function PastPicture({ serverId, path, state, className = '' }: PastPictureProps) {
  const { t } = useTranslation()
  const picture = useNewestSnapshots([{ serverId, path }]).of({ serverId, path })
  if (picture === null) return <NoPictureTile className={className} />
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
