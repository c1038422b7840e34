import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { useTranslation } from 'react-i18next'
import { pictureText } from '../../i18n/pictureText.ts'
import type { Incident } from '../../shared/incidents.ts'
import type { Track } from '../../shared/streams.ts'
import type { Wall, WallStream } from '../../shared/walls.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { orpc } from '../app/client.ts'
import { useMoment } from '../app/moment.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { useEngineGone } from '../fleet/fleet.ts'
import { useNewestSnapshots } from '../fleet/snapshots.ts'
import type { DrawnTile } from './useWallTiles.ts'
import { type Arranging, WallGrid } from './WallGrid.tsx'
import { WallTile } from './WallTile.tsx'

/** Components that other parts of the UI supply to a wall. */
export interface WallParts {
  /** Plays a stream on top of its last picture. */
  readonly Picture: ComponentType<WallStream & { readonly state: StreamState; readonly tracks: readonly Track[]; readonly onPlaying: (plays: boolean) => void }>
  /** Who already handles an incident; null: nobody. */
  readonly remarkOf: (incident: Incident) => React.ReactNode
}

/** Interval for polling why pictures are missing, ms. */
const haltsEveryMs = 30_000

interface WallTilesProps {
  readonly wall: Wall
  readonly tiles: readonly DrawnTile[]
  readonly parts: WallParts
  readonly label: string
  readonly arranging: Arranging | null
  readonly hold: React.ComponentProps<typeof WallGrid>['hold']
  readonly onFocusWithin: (has: boolean) => void
  /** Viewed from a distance. */
  readonly far: boolean
}
/** The tiles of a page with their pictures. Pictures of other pages are not loaded; the first `wall.live` tiles on air play live. */
export function WallTiles({ wall, tiles, parts, label, arranging, hold, onFocusWithin, far }: WallTilesProps) {
  const { t } = useTranslation()
  const live = useMoment() === null
  const gone = useEngineGone()
  const { of: pictureOf, failure } = useNewestSnapshots(tiles.flatMap(({ view }) => view.stream ?? []))
  const haltOf = useHalts(live && tiles.some(({ view: { stream, onAir } }) => onAir && stream !== null && pictureOf(stream) === null))
  const playing = new Set(
    live && arranging === null
      ? tiles
          .filter(({ view }) => view.onAir)
          .slice(0, wall.live)
          .map(({ view }) => view.key)
      : [],
  )
  const of = new Map(tiles.map((tile) => [tile.view.key, tile]))
  return (
    <WallGrid
      views={tiles.map(({ view }) => view)}
      columns={wall.columns}
      rows={wall.rows}
      label={label}
      arranging={arranging}
      hold={hold}
      onFocusWithin={onFocusWithin}
      isOver={(view) => of.get(view.key)?.over === true}
      className={`${far ? 'gap-[0.5vh]' : 'gap-2'} ${gone ? 'stale [&_img]:grayscale' : ''}`}
    >
      {(view) => {
        const { row, incident, over } = of.get(view.key) ?? { row: undefined, incident: null, over: false }
        const { stream } = view
        return (
          <WallTile
            view={view}
            picture={stream === null ? undefined : pictureOf(stream)}
            failure={failure}
            isSlate={row?.facts.state === 'slate'}
            notTaken={stream === null ? '' : haltOf(stream)}
            far={far}
            remark={over ? t('overview.over') : incident === null ? null : parts.remarkOf(incident)}
            live={
              row !== undefined && stream !== null && playing.has(view.key)
                ? (onPlaying) => <parts.Picture {...stream} state={row.facts.state} tracks={row.facts.tracks} onPlaying={onPlaying} />
                : null
            }
          />
        )
      }}
    </WallGrid>
  )
}

/** Why no snapshots of a stream are taken; '': they are taken, or the reason is unknown. Queried only if one is missing (`wanted`). */
function useHalts(wanted: boolean): (stream: WallStream) => string {
  const language = useLanguage()
  const { data } = useQuery({ ...orpc.snapshots.status.queryOptions(), enabled: wanted, refetchInterval: haltsEveryMs, retry: false })
  return ({ serverId, path }) => {
    const halt = data?.halts.find((one) => one.serverId === serverId && (one.path === null || one.path === path))
    const why = data?.why ?? halt?.why ?? null
    return why === null ? '' : pictureText(why, language)
  }
}
