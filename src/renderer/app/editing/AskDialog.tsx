import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Result } from '../../../shared/result.ts'
import { FormFields } from './FormFields.tsx'
import { FormFrame } from './FormFrame.tsx'
import { type Entries, type FormField, type WordId, type Wrong, wordsById } from './fields.ts'

interface AskDialogProps<F, V> {
  readonly title: WordId
  readonly submit: WordId
  readonly width: number
  readonly fields: readonly FormField<F>[]
  readonly start: F
  /** Parses the entries to the result, or to the mistakes, which are shown at once. */
  readonly read: (entered: F) => Result<V, Wrong>
  readonly onDone: (value: V) => void
  readonly onClose: () => void
}

/** Asks for a few entries without storing anything. */
export function AskDialog<F extends Entries<F>, V>({ title, submit, width, fields, start, read, onDone, onClose }: AskDialogProps<F, V>) {
  const { t } = useTranslation()
  const [entered, setEntered] = useState(start)
  const value = read(entered)
  const done = () => {
    if (!value.ok) return
    onDone(value.value)
    onClose()
  }
  return (
    <FormFrame at="middle" width={width} title={wordsById(t, title)} submit={wordsById(t, submit)} disabled={!value.ok} onSubmit={done} onClose={onClose}>
      <FormFields
        fields={fields}
        entered={entered}
        stored={null}
        wrong={value.ok ? {} : value.error}
        onEnter={({ id }, text) => setEntered((before) => ({ ...before, [id]: text }))}
      />
    </FormFrame>
  )
}
