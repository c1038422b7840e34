import type { ReactNode, RefObject } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog, Drawer } from '../../ui/Dialog.tsx'
import { t } from '../words.ts'

interface FormFrameProps {
  readonly at?: 'middle' | 'side'
  readonly width?: number
  readonly title: string
  readonly description?: string | undefined
  readonly submit: string
  readonly look?: 'primary' | 'plain' | 'danger'
  readonly disabled?: boolean
  readonly cancel?: string
  /** null: not tried, or not failed. */
  readonly failure?: string | null
  readonly form?: RefObject<HTMLFormElement | null>
  readonly onSubmit: () => void
  /** Left out: Enter submits. */
  readonly onEnter?: () => void
  readonly onClose: () => void
  readonly actions?: ReactNode
  readonly children: ReactNode
}
export function FormFrame(props: FormFrameProps) {
  const { at = 'side', width = 580, title, description, submit, look = 'primary', disabled = false, cancel, failure = null, form, actions, children } = props
  const { onSubmit, onEnter = onSubmit, onClose } = props
  const Frame = at === 'side' ? Drawer : Dialog
  return (
    <Frame
      open
      onOpenChange={(open) => !open && onClose()}
      title={title}
      {...(description !== undefined && { description })}
      closeLabel={t('common.close')}
      width={width}
      footer={
        <>
          {failure !== null && (
            <span role="alert" className="mr-auto min-w-0 self-center break-words font-medium text-critical">
              {failure}
            </span>
          )}
          <Button onClick={onClose}>{cancel ?? t('common.cancel')}</Button>
          {actions}
          <Button look={look} onClick={onSubmit} disabled={disabled}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        ref={form}
        className="flex flex-col gap-3.5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!disabled) onEnter()
        }}
      >
        {children}
        <button type="submit" hidden />
      </form>
    </Frame>
  )
}
