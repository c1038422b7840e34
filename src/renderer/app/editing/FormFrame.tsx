import type { ReactNode, RefObject } from 'react'
import { Button } from '../../ui/Button.tsx'
import { Dialog, Drawer } from '../../ui/Dialog.tsx'
import { t } from '../words.ts'

interface FormFrameProps {
  /** In the middle, or at the side. */
  readonly at?: 'middle' | 'side'
  readonly width?: number
  readonly title: string
  readonly description?: string | undefined
  /** What the button that submits says, and what it looks like. */
  readonly submit: string
  readonly look?: 'primary' | 'plain' | 'danger'
  readonly disabled?: boolean
  /** What the button that closes says; left out: that nothing is submitted. */
  readonly cancel?: string
  /** Why it failed; null: it was not tried, or has not failed. */
  readonly failure?: string | null
  /** `useValidationErrors().form` */
  readonly form?: RefObject<HTMLFormElement | null>
  readonly onSubmit: () => void
  /** What Enter in a field does; left out: it submits. */
  readonly onEnter?: () => void
  readonly onClose: () => void
  /** Buttons between those that close and submit. */
  readonly actions?: ReactNode
  readonly children: ReactNode
}
/** A form, which is submitted by its button or by Enter, and says why that failed. */
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
