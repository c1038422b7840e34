import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Result } from '../../../shared/result.ts'
import { type Noun, renew } from '../client.ts'
import { failureText, validationErrorsByField } from '../failureText.ts'
import { t } from '../words.ts'
import { FoldedFields, FormFields } from './FormFields.tsx'
import { FormFrame } from './FormFrame.tsx'
import { type Entries, type FormField, shownFields, type Wrong } from './fields.ts'
import { useValidationErrors } from './useValidationErrors.ts'

interface SendDialogProps<F, V, S> {
  /** In the middle, or at the side, where a longer form has room. */
  readonly at?: 'middle' | 'side'
  readonly title: string
  readonly description?: string | undefined
  readonly submit: string
  /** Left out: primary. */
  readonly look?: 'primary' | 'danger'
  readonly fields: readonly FormField<F, S>[]
  /** What is changed; left out: it is new. */
  readonly stored?: S | null
  readonly start: F
  /** Parses the entries to the input of a call, or to the mistakes. */
  readonly read: (entered: F) => Result<V, Wrong>
  /** Calls the engine; if that fails, the dialog stays and says why. */
  readonly send: (value: V) => Promise<unknown>
  /** What is read again once it is done. */
  readonly renews?: Noun
  /** The field of a mistake that the engine finds, by its key; left out: what is wrong is said below the fields. */
  readonly fieldOf?: (key: string) => string
  readonly onClose: () => void
  /** Buttons beside that which sends; `input` is what is entered as the input of a call, or null after it has said what is wrong. */
  readonly actions?: (entered: F, input: () => V | null) => ReactNode
  /** Below the fields, by what is entered. */
  readonly children?: ReactNode | ((entered: F) => ReactNode)
}

/** Asks for a few entries, and sends them. */
export function SendDialog<F extends Entries<F>, V, S = null>({
  at = 'middle',
  title,
  description,
  submit,
  look = 'primary',
  fields,
  stored = null,
  start,
  read,
  send,
  renews,
  fieldOf,
  onClose,
  actions,
  children,
}: SendDialogProps<F, V, S>) {
  const [entered, setEntered] = useState(start)
  const { wrong, form, refuse, forget } = useValidationErrors()
  const [sending, setSending] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  /** One that was cancelled while it sent does not close what was opened since. */
  const isOpen = useRef(false)
  useEffect(() => {
    isOpen.current = true
    return () => {
      isOpen.current = false
    }
  }, [])
  const input = () => {
    const value = read(entered)
    refuse(value.ok ? {} : value.error)
    return value.ok ? value.value : null
  }
  const done = async () => {
    const value = input()
    if (value === null) return
    setSending(true)
    setFailure(null)
    try {
      await send(value)
      if (renews) await renew(renews)
      if (isOpen.current) onClose()
    } catch (error) {
      const shown = shownFields(fields, entered).map(({ id }): string => id)
      const validationErrors = fieldOf && validationErrorsByField(error, (key) => shown.find((id) => id === fieldOf(key)) ?? null)
      refuse(validationErrors ?? {})
      if (!validationErrors) setFailure(t('common.failedReason', { reason: failureText(error) }))
      setSending(false)
    }
  }
  const drawn = {
    ...{ fields: shownFields(fields, entered), entered, stored, wrong, disabled: sending },
    onEnter: ({ id, sets }: FormField<F, S>, text: string) => {
      setEntered((before) => ({ ...before, [id]: text, ...sets?.(text) }))
      setFailure(null)
      if (at === 'middle') forget()
      else forget([id])
    },
  }
  return (
    <FormFrame
      at={at}
      {...(at === 'middle' && { width: 500 })}
      title={title}
      description={description}
      submit={sending ? t('common.saving') : submit}
      look={look}
      disabled={sending}
      failure={failure}
      form={form}
      onSubmit={() => void done()}
      onClose={onClose}
      actions={actions?.(entered, input)}
    >
      <FormFields {...drawn} focus={at === 'middle' || stored === null} />
      <FoldedFields {...drawn} />
      {typeof children === 'function' ? children(entered) : children}
    </FormFrame>
  )
}
