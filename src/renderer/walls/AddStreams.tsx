import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { mostArranged, type WallStream } from '../../shared/walls.ts'
import { useFleetTick } from '../fleet/fleet.ts'
import { foundStreams } from '../fleet/foundStreams.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { FoundList } from '../ui/FoundList.tsx'
import { Menu } from '../ui/Menu.tsx'

const shown = 12

interface AddStreamsProps {
  /** Those that are on the wall, which are not offered again; null: a line that names none. */
  readonly onWall: readonly (WallStream | null)[]
  /** Whether a line can name it. */
  readonly canAdd: (stream: WallStream) => boolean
  readonly disabled: boolean
  readonly onAdd: (stream: WallStream) => void
}
/** Adds streams to a wall by name, one after the other. */
export function AddStreams({ disabled, onWall, canAdd, onAdd }: AddStreamsProps) {
  const { t } = useTranslation()
  return (
    // Beside the form: what is added stays in sight.
    <Menu
      width={380}
      side="right"
      className="p-2"
      trigger={
        <Button disabled={disabled || onWall.length >= mostArranged} className="self-end">
          <Plus size={13} aria-hidden="true" /> {t('wall.form.addStreams')}
        </Button>
      }
    >
      <Streams onWall={onWall} canAdd={canAdd} onAdd={onAdd} />
    </Menu>
  )
}

function Streams({ onWall, canAdd, onAdd }: Pick<AddStreamsProps, 'onWall' | 'canAdd' | 'onAdd'>) {
  const { t } = useTranslation()
  useFleetTick()
  const find = (query: string) =>
    foundStreams(query, onWall.length < mostArranged ? shown + onWall.length : 0)
      .filter(({ facts: { serverId, path } }) => !onWall.some((one) => one?.serverId === serverId && one.path === path))
      .slice(0, shown)
      .filter(({ facts: { serverId, path } }) => canAdd({ serverId, path }))
      .map(({ facts: { serverId, path, state }, serverName, severity }) => ({
        key: `${serverId} ${path}`,
        one: { serverId, path },
        name: path,
        of: serverName,
        kind: markOfStream(state, severity),
      }))
  return <FoundList hint={t('streams.search')} none={t('common.nothingFound')} find={find} onChoose={onAdd} />
}
