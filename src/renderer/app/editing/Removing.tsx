import { Pause, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { t } from '../words.ts'

interface RemoveDialogProps {
  readonly title: string
  readonly description: string
  readonly submit?: string
  readonly onRemove: () => void
  readonly onClose: () => void
}
export function RemoveDialog({ title, description, submit, onRemove, onClose }: RemoveDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      closeLabel={t('common.close')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            icon={Trash2}
            look="danger"
            onClick={() => {
              onClose()
              onRemove()
            }}
          >
            {submit ?? t('common.remove')}
          </Button>
        </>
      }
    />
  )
}

interface PauseAndRemoveProps {
  readonly name: string
  readonly paused: boolean
  readonly description?: string
  readonly labels?: Readonly<Record<'pause' | 'resume' | 'remove', string>>
  readonly onPause: (paused: boolean) => void
  readonly onRemove: () => void
}
export function PauseAndRemove({ name, paused, description, labels, onPause, onRemove }: PauseAndRemoveProps) {
  const [removing, setRemoving] = useState(false)
  const { pause, resume, remove } = labels ?? { pause: t('common.pause'), resume: t('common.resume'), remove: t('common.remove') }
  const pauseText = paused ? resume : pause
  return (
    <>
      <Button look="quiet" label={pauseText} onClick={() => onPause(!paused)} icon={paused ? Play : Pause} />
      <Button look="quiet" label={remove} onClick={() => setRemoving(true)} icon={Trash2} />
      {removing && (
        <RemoveDialog
          title={t('common.removeName', { name })}
          description={description ?? t('common.removeText')}
          onRemove={onRemove}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}
