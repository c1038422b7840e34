import { toast } from 'sonner'
import { failureText } from './failureText.ts'
import { t } from './words.ts'

/** Runs a button's action and shows a notice: `done` on success, the reason on failure. Returns whether it succeeded. */
export function useAct(after?: () => void) {
  return async (work: Promise<unknown>, done?: string): Promise<boolean> => {
    try {
      await work
      if (done) toast(done)
      after?.()
      return true
    } catch (error) {
      toast.error(t('common.failedReason', { reason: failureText(error) }))
      return false
    }
  }
}
