import type { Words } from '../../src/renderer/app/words/words.ts'

type Wordy = { readonly [key: string]: string | Wordy | undefined }

/** A word of a catalogue by its key, such as `past.goTo`, as the window shows it. */
export function said(words: Words, key: string): string {
  let found: string | Wordy | undefined = words as Wordy
  for (const part of key.split('.')) found = typeof found === 'object' ? found[part] : undefined
  if (typeof found !== 'string') throw new Error(`no word ${key}`)
  return found
}
