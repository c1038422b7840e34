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
  readonly at?: 'middle' | 'side'
  readonly title: string
  readonly description?: string | undefined
  readonly submit: string
  readonly look?: 'primary' | 'danger'
  readonly fields: readonly FormField<F, S>[]
  /** Left out: it is new. */
  readonly stored?: S | null
  readonly start: F
  readonly read: (entered: F) => Result<V, Wrong>
  readonly send: (value: V) => Promise<unknown>
  readonly renews?: Noun
  /** Maps the engine's key of a mistake to a field; left out: mistakes are said below the fields. */
  readonly fieldOf?: (key: string) => string
  readonly onClose: () => void
  /** More buttons; `input` is the input of a call, or null after it has said what is wrong. */
  readonly actions?: (entered: F, input: () => V | null) => ReactNode
  readonly children?: ReactNode | ((entered: F) => ReactNode)
}

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
  /** A cancelled dialog does not close what was opened while it sent. */
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
