import { useRef, useState } from 'react'
import { messageOf } from '../../shared/messageOf.ts'
import type { ConnectionTest, ServerAuthInput } from '../../shared/servers.ts'
import { client } from '../app/client.ts'
import { type FormErrors, readFormForTest, type ServerForm } from './serverForm.ts'

export type TestState =
  | { readonly state: 'none' }
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly result: ConnectionTest; readonly of: ServerForm }
  | { readonly state: 'failed'; readonly words: string }

/** Tries the server of a form without storing anything. A newer test replaces the one that runs. */
export const useConnectionTest = (id: string | null, keptSecretKind: ServerAuthInput['kind'] | null) => {
  const [test, setTest] = useState<TestState>({ state: 'none' })
  const running = useRef<AbortController | null>(null)
  /** Returns what is wrong with the fields, or null when the test was started. */
  const start = (form: ServerForm): FormErrors | null => {
    const input = readFormForTest(form, keptSecretKind)
    if (!input.ok) return input.error
    running.current?.abort()
    const own = new AbortController()
    running.current = own
    setTest({ state: 'running' })
    client.servers.test({ ...input.value, ...(id === null ? {} : { id }) }, { signal: own.signal }).then(
      (result) => {
        if (!own.signal.aborted) setTest({ state: 'done', result, of: form })
      },
      (error: unknown) => {
        if (!own.signal.aborted) setTest({ state: 'failed', words: messageOf(error) })
      },
    )
    return null
  }
  return { test, start }
}

/** Whether a test says nothing of the form any more, because what it depends on was changed. */
export const isOutdated = (of: ServerForm, form: ServerForm): boolean =>
  of.url !== form.url || of.authKind !== form.authKind || of.user !== form.user || of.secret !== form.secret || of.fingerprint !== form.fingerprint
