import { basename } from 'node:path'
import type { DeskNotice } from '../shared/shell.ts'

// What windows send is parsed before it is used.

/** Parses a notice of a window; null: not a valid one of ours. */
export function parseNotice(value: unknown): DeskNotice | null {
  if (typeof value !== 'object' || value === null) return null
  const { tag, title, text, to } = value as Record<keyof DeskNotice, unknown>
  const isText = (one: unknown, most: number): one is string => typeof one === 'string' && one.length <= most
  if (!isText(tag, 200) || !isText(title, 300) || !isText(text, 1_000) || !isText(to, 300)) return null
  return { tag, title, text, to }
}

/**
 * Desktops of Linux read the body of a notification as markup, or not, and Electron passes it as it is. Names come from strangers: signs of markup
 * are replaced by ones that look like them.
 */
const lookAlikes: Readonly<Record<string, string>> = { '<': '‹', '>': '›', '&': '＆' }

export function plainBody(text: string, platform = process.platform): string {
  return platform === 'linux' ? text.replaceAll(/[<>&]/g, (sign) => lookAlikes[sign] ?? sign) : text
}

/** A file name for a save dialog: without folders, and without characters that are special to file systems or shells. */
export function safeFileName(name: string): string {
  const cleaned = basename(name.replaceAll('\\', '/'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not stand in a file's name
    .replace(/[\u0000-\u001f<>:"/|?*]/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 120)
  return cleaned === '' ? 'mtxdeck' : cleaned
}
