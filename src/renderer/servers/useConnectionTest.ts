import type { ConnectionTest } from '../../shared/connectionTest.ts'
import type { ServerAuthInput } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { useTrial } from '../app/useTrial.ts'
import { type FormErrors, readFormForTest, type ServerForm } from './serverForm.ts'

/** Tries the server of a form without storing anything. A newer test replaces the one that runs. */
export function useConnectionTest(id: string | null, keptSecretKind: ServerAuthInput['kind'] | null) {
  const { trial, run } = useTrial<ConnectionTest, ServerForm>()
  /** Returns what is wrong with the fields, or null when the test was started. */
  const start = (form: ServerForm): FormErrors | null => {
    const input = readFormForTest(form, keptSecretKind)
    if (!input.ok) return input.error
    void run(form, (signal) => client.servers.test({ ...input.value, ...(id === null ? {} : { id }) }, { signal }))
    return null
  }
  return { test: trial, start }
}
