import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Drawer } from '../../ui/Dialog.tsx'

interface FormDrawerProps {
  readonly title: string
  /** What the button that saves says. */
  readonly submit: string
  readonly saving: boolean
  /** Why it was not saved; null: it was not tried, or is saved. */
  readonly failure: string | null
  readonly onSubmit: () => void
  readonly onClose: () => void
  /** Buttons beside those that cancel and save. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}
/** A form at the side, which is saved by its button or by Enter, and says why it was not. */
export function FormDrawer({ title, submit, saving, failure, onSubmit, onClose, actions, children }: FormDrawerProps) {
  const { t } = useTranslation()
  return (
    <Drawer
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      closeLabel={t('common.close')}
      width={580}
      footer={
        <>
          {failure !== null && (
            <span role="alert" className="mr-auto self-center font-medium text-critical">
              {failure}
            </span>
          )}
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          {actions}
          <Button look="primary" onClick={onSubmit} disabled={saving}>
            {saving ? t('alarms.form.busy') : submit}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-3.5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!saving) onSubmit()
        }}
      >
        {children}
        <button type="submit" hidden />
      </form>
    </Drawer>
  )
}
