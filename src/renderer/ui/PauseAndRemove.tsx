import { Pause, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from './Button.tsx'
import { RemoveDialog } from './RemoveDialog.tsx'

interface PauseAndRemoveProps {
  readonly paused: boolean
  readonly words: Readonly<Record<'pause' | 'resume' | 'remove' | 'title' | 'description' | 'removeIt' | 'cancel' | 'close', string>>
  readonly onPause: (paused: boolean) => void
  readonly onRemove: () => void
}
/** Buttons that pause and resume a watched item, and remove it after a confirmation. */
export function PauseAndRemove({ paused, words, onPause, onRemove }: PauseAndRemoveProps) {
  const [removing, setRemoving] = useState(false)
  const pauseText = paused ? words.resume : words.pause
  return (
    <>
      <Button look="quiet" aria-label={pauseText} title={pauseText} onClick={() => onPause(!paused)} className="!px-1.5">
        {paused ? <Play size={14} /> : <Pause size={14} />}
      </Button>
      <Button look="quiet" aria-label={words.remove} title={words.remove} onClick={() => setRemoving(true)} className="!px-1.5">
        <Trash2 size={14} />
      </Button>
      {removing && (
        <RemoveDialog
          title={words.title}
          description={words.description}
          removeLabel={words.removeIt}
          cancelLabel={words.cancel}
          closeLabel={words.close}
          onRemove={onRemove}
          onClose={() => setRemoving(false)}
        />
      )}
    </>
  )
}
