import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { z } from 'zod'
import { type BundleScope, bundleChoiceOf } from '../../shared/bundles.ts'
import { epochMs } from '../../shared/time.ts'
import type { AddressHider } from '../hiddenAddresses.ts'
import { storedJson } from '../storage/storedJson.ts'
import { type KeptSession, keptSessionSchema } from './sessionRows.ts'

/** Sessions in one bundle: those that ended last. */
export const mostBundledSessions = 200_000
/** Letters of them; a block of ours has some 250,000. */
const mostLetters = 60_000_000
const sessionsPerBlock = 4_096
/** Of a block that is read. */
const mostBytes = 16 << 20

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)

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
  const shown = (session: KeptSession): KeptSession =>
    hider === null
      ? session
      : {
          ...session,
          remoteAddr: session.remoteAddr && hider.address(session.remoteAddr),
          user: session.user && hider.user(session.user),
          userAgent: session.userAgent && agent(session.userAgent),
        }
  const blocks: string[] = []
  for (let at = 0; at < sessions.length; at += sessionsPerBlock) {
    const json = JSON.stringify(sessions.slice(at, at + sessionsPerBlock).map(shown))
    blocks.push((await compress(json, { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: json.length } })).toString('base64'))
  }
  return JSON.stringify({ since, blocks })
}

const bundledSchema = z.object({ since: epochMs.min(0), blocks: z.array(z.base64()).max(Math.ceil(mostBundledSessions / sessionsPerBlock)) })
const blockSchema = z.array(keptSessionSchema).max(sessionsPerBlock)

/** Reads the sessions of a bundle, which is not trusted, block by block; null: it has none, or none that can be read. */
export function readBundledSessions(text: string | undefined): { readonly since: number; readonly blocks: AsyncIterable<readonly KeptSession[]> } | null {
  if (text === undefined || text.length > mostLetters) return null
  const read = bundledSchema.safeParse(storedJson(text))
  return read.success ? { since: read.data.since, blocks: unpacked(read.data.blocks) } : null
}

async function* unpacked(blocks: readonly string[]): AsyncIterable<readonly KeptSession[]> {
  for (const block of blocks) {
    const json = await decompress(Buffer.from(block, 'base64'), { maxOutputLength: mostBytes }).catch(() => null)
    yield (json === null ? undefined : blockSchema.safeParse(storedJson(json.toString())).data) ?? []
  }
}
