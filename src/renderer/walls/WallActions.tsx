import { ArrowLeft, ArrowRight, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Wall } from '../../shared/walls.ts'
import { client } from '../app/client.ts'
import { RemoveDialog } from '../app/editing/Removing.tsx'
import { useAct } from '../app/useAct.ts'
import { Button } from '../ui/Button.tsx'
import { Tooltip } from '../ui/Tooltip.tsx'
import { renewWalls } from './useWalls.ts'

interface WallActionsProps {
  readonly wall: Wall
  readonly walls: readonly Wall[]
  readonly onEdit: () => void
  readonly onRemoved: () => void
}
/** What can be done with a stored wall: edit it, put it elsewhere among the others, remove it. */
export function WallActions({ wall, walls, onEdit, onRemoved }: WallActionsProps) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState(false)
  const act = useAct()
  const ids = walls.filter(({ kind }) => kind === 'streams').map(({ id }) => id)
  const place = ids.indexOf(wall.id)
  const name = wall.name ?? ''
  const put = (to: number) => {
    const others = ids.filter((id) => id !== wall.id)
    void act(client.walls.order({ ids: [...others.slice(0, to), wall.id, ...others.slice(to)] }).then(renewWalls))
  }
  const remove = async () => {
    if (await act(client.walls.remove({ id: wall.id }), t('common.removedName', { name }))) {
      onRemoved()
      await renewWalls()
    }
  }
  const icons = [
    { words: t('common.editName', { name }), Icon: Pencil, run: onEdit, disabled: false },
    { words: t('wall.earlier', { name }), Icon: ArrowLeft, run: () => put(place - 1), disabled: place <= 0 },
    { words: t('wall.later', { name }), Icon: ArrowRight, run: () => put(place + 1), disabled: place >= ids.length - 1 },
    { words: t('common.removeName', { name }), Icon: Trash2, run: () => setAsked(true), disabled: false },
  ]
  return (
    <>
      {icons.map(({ words, Icon, run, disabled }) => (
        <Tooltip key={words} content={words}>
          <Button look="quiet" aria-label={words} disabled={disabled} onClick={run} className="!px-1.5">
            <Icon size={14} aria-hidden="true" />
          </Button>
        </Tooltip>
      ))}
      {asked && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={t('wall.removeText')}
          onRemove={() => void remove()}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}
