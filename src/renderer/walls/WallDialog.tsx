import { useState } from 'react'
import { mostArranged, type Wall } from '../../shared/walls.ts'
import { client, renew } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'
import { AddStreams } from '../fleet/AddStreams.tsx'
import { streamLines } from '../fleet/enteredLines.ts'
import { fleet } from '../fleet/fleet.ts'
import { newWall, readWall, wallEntries, wallFields } from './wallForm.ts'

interface WallDialogProps {
  /** null: a new one. */
  readonly edited: Wall | null
  readonly onSaved: (id: string) => void
  readonly onClose: () => void
}
export function WallDialog({ edited, onSaved, onClose }: WallDialogProps) {
  // As it was when the form was opened: what others change meanwhile is not overwritten.
  const [stored] = useState(edited)
  const servers = fleet.servers()
  const lines = streamLines(stored?.arranged ?? [], servers)
  const addStreams = (text: string, enter: (text: string) => void, disabled: boolean) => (
    <AddStreams most={mostArranged} lines={lines} text={text} disabled={disabled} onText={enter} />
  )
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
        await renew('walls')
        onSaved(id)
      }}
      onClose={onClose}
    />
  )
}
