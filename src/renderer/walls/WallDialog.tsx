import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { mostArranged, type Wall, type WallStream } from '../../shared/walls.ts'
import { client } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { fleet, useFleetTick } from '../fleet/fleet.ts'
import { foundStreams } from '../fleet/foundStreams.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import { Button } from '../ui/Button.tsx'
import { FoundList } from '../ui/FoundList.tsx'
import { Menu } from '../ui/Menu.tsx'
import { renewWalls } from './useWalls.ts'
import { newWall, readWall, wallEntries, wallFields, wallLines } from './wallForm.ts'

interface WallDialogProps {
  /** null: a new one. */
  readonly edited: Wall | null
  readonly onSaved: (id: string) => void
  readonly onClose: () => void
}
/** Makes a wall, or changes what it shows. */
export function WallDialog({ edited, onSaved, onClose }: WallDialogProps) {
  const { t } = useTranslation()
  // As it was when the form was opened: what others change meanwhile is not overwritten.
  const [stored] = useState(edited)
  const servers = fleet.servers()
  const addStreams = (text: string, enter: (text: string) => void, disabled: boolean) => {
    const lines = wallLines(stored?.arranged ?? [], servers)
    return <AddStreams onWall={lines.read(text)} canAdd={lines.canName} disabled={disabled} onAdd={(stream) => enter(lines.withOne(text, stream))} />
  }
  return (
    <SendDialog
      title={stored === null ? t('common.newWall') : t('common.editName', { name: stored.name ?? '' })}
      submit={t(stored === null ? 'common.add' : 'common.save')}
      fields={wallFields.map((field) => (field.id === 'arranged' ? { ...field, aid: addStreams } : field))}
      stored={stored}
      start={wallEntries(stored ?? newWall, servers)}
      read={(entered) => readWall(entered, stored, fleet.servers())}
      send={async (input) => {
        const { id } = stored === null ? await client.walls.add(input) : await client.walls.update({ id: stored.id, change: input, revision: stored.revision })
        await renewWalls()
        onSaved(id)
      }}
      onClose={onClose}
    />
  )
}

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
function AddStreams({ disabled, onWall, canAdd, onAdd }: AddStreamsProps) {
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
