import { useTranslation } from 'react-i18next'
import { toast } from 'sonner'
import { failureWords } from './failureWords.ts'

/** Runs the action of a button: a notice `done` when it succeeded, the reason when it failed. Returns whether it succeeded. */
export function useAct(failed: 'hosts.actionFailed' | 'settings.failed', after?: () => void) {
  const { t } = useTranslation()
  return async (work: Promise<unknown>, done?: string): Promise<boolean> => {
    try {
      await work
      if (done) toast(done)
      after?.()
      return true
    } catch (error) {
      toast.error(t(failed, { reason: failureWords(error) }))
      return false
    }
  }
}
