import type { Progress } from '../../commands.ts'
import type { Say } from '../say.ts'

/** "history.db (12 MB) …", "history/samples-2026-11-14.db (2/7) …". Only the figures depend on the language. */
export function copyingText({ name, bytes, no, of }: Extract<Progress, { kind: 'copying' }>, say: Say): string {
  const detail = bytes !== undefined ? say.size(bytes) : no !== undefined && of !== undefined ? `${say.number(no)}/${say.number(of)}` : null
  return `${name}${detail === null ? '' : ` (${detail})`} …`
}
