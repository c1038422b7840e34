import { Trash2 } from 'lucide-react'
import { Button } from './Button.tsx'
import { Dialog } from './Dialog.tsx'

interface RemoveDialogProps {
  readonly title: string
  /** What is removed with it, and what is kept. */
  readonly description: string
  readonly removeLabel: string
  readonly cancelLabel: string
  readonly closeLabel: string
  readonly onRemove: () => void
  readonly onClose: () => void
}
/** Asks for confirmation before something is removed. */
export function RemoveDialog({ title, description, removeLabel, cancelLabel, closeLabel, onRemove, onClose }: RemoveDialogProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      closeLabel={closeLabel}
      footer={
        <>
          <Button onClick={onClose}>{cancelLabel}</Button>
          <Button
            look="danger"
            onClick={() => {
              onClose()
              onRemove()
            }}
          >
            <Trash2 size={14} aria-hidden="true" /> {removeLabel}
          </Button>
        </>
      }
    />
  )
}
