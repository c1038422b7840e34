import type { TFunction } from 'i18next'
import { toast } from 'sonner'
import { mostExpectedAtOnce } from '../../shared/streams.ts'
import { client } from '../app/client.ts'
import { failureText } from '../app/failureText.ts'

/** Says for this operator that streams are expected to be on air, or that they are not, and tells what became of it. Returns whether it was taken. */
export async function expectStreams(
  streams: readonly { readonly serverId: string; readonly path: string }[],
  expected: boolean,
  t: TFunction,
): Promise<boolean> {
  try {
    for (let from = 0; from < streams.length; from += mostExpectedAtOnce)
      await client.streams.expect({
        streams: streams.slice(from, from + mostExpectedAtOnce).map(({ serverId, path }) => ({ serverId, path })),
        expected,
      })
    toast(t('common.saved'))
    return true
  } catch (error) {
    toast.error(failureText(error))
    return false
  }
}
