import { basename } from 'node:path'

/** A name that a save dialog may propose: no folders, nothing that a file system or a shell reads in its own way. */
export function safeFileName(name: string): string {
  const cleaned = basename(name.replaceAll('\\', '/'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a file's name
    .replace(/[\u0000-\u001f<>:"/|?*]/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 120)
  return cleaned === '' ? 'mtxdeck' : cleaned
}
