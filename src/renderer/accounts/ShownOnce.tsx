import { Printer } from 'lucide-react'
import { Copyable } from '../app/Copyable.tsx'
import { t } from '../app/words.ts'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'

interface ShownOnceProps {
  readonly title: string
  readonly description: string
  /** One a line. */
  readonly secret: string
  /** What the button says that closes it; left out: that it is closed. */
  readonly done?: string
  readonly canPrint?: boolean
  readonly onClose: () => void
}
/** A secret that nobody can read again, to be copied now. A click beside it does not close it. */
export function ShownOnce({ title, description, secret, done, canPrint = false, onClose }: ShownOnceProps) {
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      closeLabel={t('common.close')}
      footer={
        <>
          {canPrint && <Button icon={Printer} onClick={() => window.print()} text={t('common.print')} />}
          <Button look="primary" onClick={onClose}>
            {done ?? t('common.close')}
          </Button>
        </>
      }
    >
      <div data-prints-alone={canPrint ? '' : undefined}>
        <Copyable text={secret} />
      </div>
    </Dialog>
  )
}
