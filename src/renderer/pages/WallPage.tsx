import { useQuery } from '@tanstack/react-query'
import { remarkOfIncident } from '../alarms/AlarmsAbout.tsx'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { useCamerasOf, useFavouriteStreams } from '../cameras/useCameras.ts'
import { useAlarms, useFleetKnown, useServers } from '../fleet/fleet.ts'
import { SoundButton } from '../notifications/DeskNotifications.tsx'
import { WallPicture } from '../previews/WallPicture.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Mark } from '../ui/Mark.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import type { WallParts } from '../walls/WallTiles.tsx'
import { WallView } from '../walls/WallView.tsx'

/** At the desk to arrange them, and alone on a screen to be watched from afar. */
export function WallPage() {
  const favourites = useFavouriteStreams()
  const { data: walls, error } = useWalls()
  const known = useFleetKnown()
  const servers = useServers()
  const alarms = useAlarms()
  if (walls === undefined && error !== null)
    return (
      <EmptyState icon={<Mark kind="unknown" size={24} />} title={t('common.loadingFailed')}>
        {failureText(error)}
      </EmptyState>
    )
  if (walls === undefined || !known) return <WallSkeleton />
  const parts: WallParts = {
    Picture: WallPicture,
    useCamerasOf,
    favourites,
    remarkOf: (incident) => remarkOfIncident(incident, alarms?.list ?? []),
    SoundButton,
  }
  return <WallView walls={walls} isWatching={servers.length > 0} parts={parts} />
}

function WallSkeleton() {
  return (
    <div className="grid min-h-0 flex-1 grid-cols-4 grid-rows-3 gap-2.5">
      {Array.from({ length: 12 }, (_, place) => (
        <Skeleton key={place} className="h-full w-full" />
      ))}
    </div>
  )
}

const everyMs = 10_000

function useWalls() {
  return useQuery({ ...orpc.walls.list.queryOptions(), refetchInterval: everyMs })
}
