import { toast } from 'sonner'
import { type Noun, renew } from './client.ts'
import { failureText } from './failureText.ts'
import { t } from './words.ts'

/** Runs a button's action and shows a notice: `done` on success, the reason on failure. Returns whether it succeeded. */
export async function act(work: Promise<unknown>, done?: string): Promise<boolean> {
  try {
    await work
    if (done) toast(done)
    return true
  } catch (error) {
    toast.error(t('common.failedReason', { reason: failureText(error) }))
    return false
  }
}

/** `act` that reads a noun again, or does something else, after success. */
export function actThen(after: Noun | (() => unknown)): typeof act {
  return async (...acted) => {
    const isDone = await act(...acted)
    if (isDone) void (typeof after === 'string' ? renew(after) : after())
    return isDone
  }
}
