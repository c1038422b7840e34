import { z } from 'zod'
import { type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import { epochMs } from '../../shared/time.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
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

/** Sessions as text for a bundle. `since`: from when on all that ended are among them. `hider`: replaces addresses and users; null: they stay. */
export async function bundledSessionsText(sessions: readonly KeptSession[], since: number, hider: AddressHider | null): Promise<string> {
  const agents = new Map<string, string>()
  const agent = (given: string): string => {
    const known = agents.get(given) ?? hider?.text(given) ?? given
    agents.set(given, known)
    return known
  }
  const shown =
    hider === null
      ? sessions
      : sessions.map((session) => ({
          ...session,
          remoteAddr: session.remoteAddr && hider.address(session.remoteAddr),
          user: session.user && hider.user(session.user),
          userAgent: session.userAgent && agent(session.userAgent),
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
