import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { WallStream } from '../../shared/walls.ts'
import { useFleetTick } from '../app/fleet.ts'
import { foundStreams } from '../app/foundStreams.ts'
import { markOfStream } from '../app/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { FoundList } from '../ui/FoundList.tsx'
import { Menu } from '../ui/Menu.tsx'

const shown = 12

interface AddStreamsProps {
  /** Those that are on the wall are not offered again. */
  readonly isOnWall: (stream: WallStream) => boolean
  readonly isFull: boolean
  readonly disabled: boolean
  readonly onAdd: (stream: WallStream) => void
}
/** Adds streams to a wall by name, one after the other. */
export function AddStreams({ isFull, disabled, ...list }: AddStreamsProps) {
  const { t } = useTranslation()
  return (
    // Beside the form: what is added stays in sight.
    <Menu
      width={380}
      side="right"
      className="p-2"
      trigger={
        <Button disabled={disabled || isFull} className="self-end">
          <Plus size={13} aria-hidden="true" /> {t('wall.form.addStreams')}
        </Button>
      }
    >
      <Streams {...list} />
    </Menu>
  )
}

function Streams({ isOnWall, onAdd }: Pick<AddStreamsProps, 'isOnWall' | 'onAdd'>) {
  const { t } = useTranslation()
  useFleetTick()
  const find = (query: string) =>
    foundStreams(query, shown, ({ facts: { serverId, path } }) => !isOnWall({ serverId, path })).map(({ facts, serverName, severity }) => ({
      key: `${facts.serverId} ${facts.path}`,
      one: { serverId: facts.serverId, path: facts.path },
      name: facts.path,
      of: serverName,
      kind: markOfStream(facts.state, severity),
    }))
  return <FoundList hint={t('wall.form.addStreamsHint')} none={t('palette.none')} find={find} onChoose={onAdd} />
}
