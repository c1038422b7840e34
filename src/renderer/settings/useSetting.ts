import { useState } from 'react'
import { toast } from 'sonner'
import { failureText } from '../app/failureText.ts'
import { t } from '../app/words.ts'

/** A setting of the engine: `entry` is what was typed and not saved yet, null: nothing. */
export function useSetting<Entry>() {
  const [entry, setEntry] = useState<Entry | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [isSaving, setSaving] = useState(false)
  const save = async (keep: () => Promise<unknown>) => {
    setFailure(null)
    setSaving(true)
    try {
      await keep()
      setEntry(null)
      toast(t('common.saved'))
    } catch (error) {
      setFailure(failureText(error))
    }
    setSaving(false)
  }
  const enter = (next: Entry | null) => {
    setEntry(next)
    setFailure(null)
  }
  return { entry, enter, failure, isSaving, save }
}
