import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Camera } from '../../shared/cameras.ts'
import { client, orpc, renew } from '../app/client.ts'
import { SendDialog } from '../app/editing/SendDialog.tsx'
import { t } from '../app/words.ts'
import { AddStreams } from '../fleet/AddStreams.tsx'
import { streamLines } from '../fleet/enteredLines.ts'
import { fleet } from '../fleet/fleet.ts'
import { useMay } from '../fleet/me.tsx'
import { cameraEntries, cameraFields, commonFields, newCamera, noCommonChange, type OwnerChoices, readCamera, readCommonChange } from './cameraForm.ts'
import { useAccountNames } from './useCameras.ts'

const mostStreams = 4

function useChoices(): OwnerChoices {
  const accounts = useAccountNames()
  const { data } = useQuery({ ...orpc.onAir.list.queryOptions(), enabled: useMay('view'), staleTime: 30_000, retry: false })
  return { accounts, plans: data ?? [] }
}

interface CameraDialogProps {
  /** null: a new one. */
  readonly edited: Camera | null
  readonly onSaved: (camera: Camera) => void
  readonly onClose: () => void
}
export function CameraDialog({ edited, onSaved, onClose }: CameraDialogProps) {
  // As it was when the form was opened: what others change meanwhile is not overwritten.
  const [stored] = useState(edited)
  const servers = fleet.servers()
  const lines = streamLines([], servers)
  const aid: Parameters<typeof cameraFields>[2] = (text, enter, disabled) => (
    <AddStreams most={mostStreams} lines={lines} text={text} disabled={disabled} onText={enter} />
  )
  const fields = cameraFields(useChoices(), stored, useMay('view') ? aid : undefined)
  return (
    <SendDialog
      at="side"
      title={stored === null ? t('cameras.add') : t('common.editName', { name: stored.name })}
      submit={t(stored === null ? 'common.add' : 'common.save')}
      fields={fields}
      stored={stored}
      start={cameraEntries(stored ?? newCamera, servers)}
      read={(entered) => readCamera(entered, stored, fleet.servers(), fields)}
      send={async (input) => {
        const saved =
          stored === null ? await client.cameras.add(input) : await client.cameras.update({ id: stored.id, change: input, revision: stored.revision })
        await renew('cameras')
        onSaved(saved)
      }}
      fieldOf={(key) => (key.startsWith('change.streams') || key.startsWith('streams') ? 'main' : (key.split('.').at(-1) ?? key))}
      onClose={onClose}
    />
  )
}

interface CommonDialogProps {
  readonly ids: readonly string[]
  readonly onDone: (changed: number) => void
  readonly onClose: () => void
}
/** Changes the same of many cameras. */
export function CommonDialog({ ids, onDone, onClose }: CommonDialogProps) {
  return (
    <SendDialog
      title={t('cameras.changeCount', { count: ids.length })}
      description={t('cameras.changeText')}
      submit={t('common.change')}
      fields={commonFields(useChoices())}
      start={noCommonChange}
      read={readCommonChange}
      send={async (change) => {
        const { changed } = await client.cameras.updateMany({ ids: [...ids], change })
        await renew('cameras')
        onDone(changed)
      }}
      onClose={onClose}
    />
  )
}
