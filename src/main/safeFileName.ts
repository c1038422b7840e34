import { basename } from 'node:path'

/** A file name for a save dialog: without folders, and without characters that are special to file systems or shells. */
export function safeFileName(name: string): string {
  const cleaned = basename(name.replaceAll('\\', '/'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a file's name
    .replace(/[\u0000-\u001f<>:"/|?*]/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 120)
  return cleaned === '' ? 'mtxdeck' : cleaned
}
