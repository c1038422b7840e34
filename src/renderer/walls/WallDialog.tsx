import { useTranslation } from 'react-i18next'
import type { Wall } from '../../shared/walls.ts'
import { client } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { fleet } from '../app/fleet.ts'
import { renewWalls } from './useWalls.ts'
import { newWall, readWall, wallEntries, wallFields } from './wallForm.ts'

interface WallDialogProps {
  /** null: a new one. */
  readonly edited: Wall | null
  readonly onSaved: (id: string) => void
  readonly onClose: () => void
}
/** Makes a wall, or changes what it shows. */
export function WallDialog({ edited, onSaved, onClose }: WallDialogProps) {
  const { t } = useTranslation()
  const servers = fleet.servers()
  return (
    <SendDialog
      title={edited === null ? t('wall.form.add') : t('wall.form.edit', { name: edited.name ?? '' })}
      submit={t(edited === null ? 'wall.form.addIt' : 'maintenance.form.save')}
      fields={wallFields}
      stored={edited}
      start={wallEntries(edited ?? newWall, servers)}
      read={(entered) => readWall(entered, edited, fleet.servers())}
      send={async (input) => {
        const { id } = edited === null ? await client.walls.add(input) : await client.walls.update({ id: edited.id, change: input, revision: edited.revision })
        await renewWalls()
        onSaved(id)
      }}
      onClose={onClose}
    />
  )
}
