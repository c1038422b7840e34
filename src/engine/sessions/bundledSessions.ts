import { z } from 'zod'
import { type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import { epochMs } from '../../shared/time.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type KeptSession, packSessions, sessionsPerBlock, unpackSessions } from './packedSessions.ts'

/** Sessions in one bundle: those that ended last. */
export const mostBundledSessions = 200_000
/** Letters of them; a block of ours has some 150,000. */
const mostLetters = 60_000_000

/** Whether a session belongs to what was chosen. One that has no stream yet belongs to its server. */
export function wantedBy(scope: BundleScope): (session: Pick<KeptSession, 'serverId' | 'path'>) => boolean {
  const choice = bundleChoiceOf(scope)
  return ({ serverId, path }) => (path === '' ? choice.hasServer(serverId) : choice.hasStream(serverId, path))
}

/** Stands in for addresses and users within one bundle: the same for the same, so that they can still be told apart and grouped. */
function standIns() {
  const places = new Map<string, number>()
  return (text: string | null, mark: string): string | null => {
    if (text === null) return null
    const key = `${mark} ${text}`
    const place = places.get(key) ?? places.size + 1
    places.set(key, place)
    return `${mark}${place}`
  }
}

/** Sessions as text for a bundle. `since`: from when on all that ended are among them. `hides`: addresses and users are replaced, and ports left out. */
export async function bundledSessionsText(sessions: readonly KeptSession[], since: number, hides: boolean): Promise<string> {
  const standIn = standIns()
  const shown = !hides
    ? sessions
    : sessions.map((session) => ({
        ...session,
        remoteAddr: standIn(session.remoteAddr?.replace(/:\d{1,5}$/, '') ?? null, 'address-'),
        user: standIn(session.user, 'user-'),
      }))
  const blocks: string[] = []
  for (let at = 0; at < shown.length; at += sessionsPerBlock) blocks.push((await packSessions(shown.slice(at, at + sessionsPerBlock))).toString('base64'))
  return JSON.stringify({ since, blocks })
}

const bundledSchema = z.object({ since: epochMs.min(0), blocks: z.array(z.base64()).max(Math.ceil(mostBundledSessions / sessionsPerBlock)) })

/** Reads the sessions of a bundle, which is not trusted, block by block; null: it has none, as in earlier versions, or none that can be read. */
export function readBundledSessions(text: string | undefined): { readonly since: number; readonly blocks: AsyncIterable<readonly KeptSession[]> } | null {
  if (text === undefined || text.length > mostLetters) return null
  const read = bundledSchema.safeParse(storedJson(text))
  return read.success ? { since: read.data.since, blocks: unpacked(read.data.blocks) } : null
}

async function* unpacked(blocks: readonly string[]): AsyncIterable<readonly KeptSession[]> {
  for (const block of blocks) yield ((await unpackSessions(Buffer.from(block, 'base64'))) ?? []).slice(0, sessionsPerBlock)
}
