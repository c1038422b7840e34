import type { DeskNotice } from '../shared/shell.ts'

/** Parses a notice of a window; null: not a valid one of ours. */
export function parseNotice(value: unknown): DeskNotice | null {
  if (typeof value !== 'object' || value === null) return null
  const { tag, title, text, to } = value as Record<keyof DeskNotice, unknown>
  const isText = (one: unknown, most: number): one is string => typeof one === 'string' && one.length <= most
  if (!isText(tag, 200) || !isText(title, 300) || !isText(text, 1_000) || !isText(to, 300)) return null
  return { tag, title, text, to }
}
