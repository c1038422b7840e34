import type { ConnectionTest, ServerAuthInput } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { useTrial } from '../app/useTrial.ts'
import { type FormErrors, readFormForTest, type ServerForm } from './serverForm.ts'

/** Tries the server of a form without storing anything. A newer test replaces the one that runs. */
export const useConnectionTest = (id: string | null, keptSecretKind: ServerAuthInput['kind'] | null) => {
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

/** Whether a test says nothing of the form any more, because what it depends on was changed. */
export const isOutdated = (of: ServerForm, form: ServerForm): boolean =>
  of.url !== form.url || of.authKind !== form.authKind || of.user !== form.user || of.secret !== form.secret || of.fingerprint !== form.fingerprint
