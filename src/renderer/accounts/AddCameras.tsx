import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { orpc } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'
import { AddMenu } from '../fleet/AddStreams.tsx'
import { linesEntered } from '../fleet/enteredLines.ts'
import { FoundList } from '../ui/FoundList.tsx'
import { cameraLine } from './guestForm.ts'

const shown = 12

interface AddCamerasProps {
  readonly most: number
  /** The lines so far. Cameras that they name are not offered again. */
  readonly text: string
  readonly disabled: boolean
  readonly onAdd: (line: string, id: string) => void
}
/** Adds cameras to the lines of a field by name, one after the other. */
export function AddCameras({ most, text, disabled, onAdd }: AddCamerasProps) {
  const there = linesEntered(text).map((line) => line.trim())
  return (
    <AddMenu label={t('people.guests.addCameras')} disabled={disabled || there.length >= most}>
      <Cameras most={most} there={there} onAdd={onAdd} />
    </AddMenu>
  )
}

function Cameras({ most, there, onAdd }: Pick<AddCamerasProps, 'most' | 'onAdd'> & { readonly there: readonly string[] }) {
  const [query, setQuery] = useState('')
  const { data, error } = useQuery({
    ...orpc.cameras.list.queryOptions({ input: { text: query.slice(0, 200), limit: shown + most } }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const cameras = there.length < most ? (data?.cameras ?? []).filter((camera) => !there.includes(cameraLine(camera))).slice(0, shown) : []
  const found = cameras.map(({ id, name, project, now }) => ({
    ...{ key: id, one: { id, line: cameraLine({ name, project }) }, name, of: project },
    kind: now.onAir === null ? ('unknown' as const) : now.onAir ? ('ok' as const) : ('idle' as const),
  }))
  return (
    <FoundList
      hint={t('cameras.search')}
      none={error !== null ? t('common.failedReason', { reason: failureText(error) }) : t(data === undefined ? 'common.loading' : 'common.nothingFound')}
      find={() => found}
      onQuery={setQuery}
      onChoose={({ line, id }) => onAdd(line, id)}
    />
  )
}
