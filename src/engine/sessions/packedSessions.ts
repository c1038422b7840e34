import { promisify } from 'node:util'
import { brotliCompress, brotliDecompress, constants } from 'node:zlib'
import { z } from 'zod'
import { sessionRoles } from '../../shared/sessions.ts'
import { storedJson } from '../storage/storedJson.ts'

/** An ended session in the form that is stored. */
export const keptSessionSchema = z.object({
  serverId: z.string(),
  /** The first 8 characters of its id. */
  id: z.string(),
  protocol: z.string(),
  role: z.enum(sessionRoles),
  path: z.string(),
  /** Address with port. */
  remoteAddr: z.string().nullable(),
  user: z.string().nullable(),
  userAgent: z.string().nullable(),
  /** Epoch ms. */
  began: z.number(),
  ended: z.number(),
  endedAfter: z.number().nullable(),
  bytes: z.number().nullable(),
  lost: z.number().nullable(),
})
export type KeptSession = z.infer<typeof keptSessionSchema>

/** Number of sessions packed into one block: about 100 kB, read in a few ms. */
export const sessionsPerBlock = 4_096
const mostBytes = 16 << 20

/**
 * Columns of a block, stored as JSON compressed with Brotli. Each text is stored once and referenced by its index (-1: null). Times are seconds since
 * the block's first session, byte counts are in kB.
 */
const blockSchema = z.object({
  form: z.literal(1),
  from: z.number(),
  texts: z.array(z.string()),
  servers: z.array(z.number()),
  ids: z.string(),
  protocols: z.array(z.number()),
  roles: z.array(z.number()),
  paths: z.array(z.number()),
  hosts: z.array(z.number()),
  ports: z.array(z.number().nullable()),
  users: z.array(z.number()),
  agents: z.array(z.number()),
  began: z.array(z.number()),
  lasted: z.array(z.number()),
  /** Seconds between the session's last sighting and its end; null: it was observed until its end. */
  unseen: z.array(z.number().nullable()),
  kilobytes: z.array(z.number().nullable()),
  lost: z.array(z.number().nullable()),
})
type Block = z.infer<typeof blockSchema>

const compress = promisify(brotliCompress)
const decompress = promisify(brotliDecompress)
const unknown = -1
const seconds = (ms: number) => Math.round(ms / 1_000)

/** Packs sessions, with a compression level that balances size and speed. */
export async function packSessions(sessions: readonly KeptSession[]): Promise<Buffer> {
  const places = new Map<string, number>()
  const place = (text: string | null): number => {
    if (text === null) return unknown
    const known = places.get(text) ?? places.size
    places.set(text, known)
    return known
  }
  const from = sessions.reduce((least, { began }) => Math.min(least, began), Number.POSITIVE_INFINITY)
  const addresses = sessions.map(({ remoteAddr }) => (remoteAddr === null ? null : /^(.*):(\d{1,5})$/.exec(remoteAddr)))
  const block: Omit<Block, 'texts'> = {
    form: 1,
    from,
    servers: sessions.map(({ serverId }) => place(serverId)),
    ids: sessions.map(({ id }) => id.slice(0, 8).padEnd(8)).join(''),
    protocols: sessions.map(({ protocol }) => place(protocol)),
    roles: sessions.map(({ role }) => sessionRoles.indexOf(role)),
    paths: sessions.map(({ path }) => place(path)),
    hosts: sessions.map(({ remoteAddr }, at) => place(addresses[at]?.[1] ?? remoteAddr)),
    ports: addresses.map((found) => (found ? Number(found[2]) : null)),
    users: sessions.map(({ user }) => place(user)),
    agents: sessions.map(({ userAgent }) => place(userAgent)),
    began: sessions.map(({ began }) => seconds(began - from)),
    lasted: sessions.map(({ began, ended }) => seconds(ended - began)),
    unseen: sessions.map(({ ended, endedAfter }) => (endedAfter === null ? null : seconds(ended - endedAfter))),
    kilobytes: sessions.map(({ bytes }) => (bytes === null ? null : Math.round(bytes / 1_000))),
    lost: sessions.map(({ lost }) => lost),
  }
  const text = JSON.stringify({ ...block, texts: [...places.keys()] })
  return compress(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } })
}

/**
 * Unpacks sessions; null: the data is damaged. `needed`: a text that all wanted sessions contain; if it does not occur in the block, the result is
 * empty.
 */
export async function unpackSessions(packed: Uint8Array, needed = ''): Promise<KeptSession[] | null> {
  let json: string
  try {
    json = (await decompress(packed, { maxOutputLength: mostBytes })).toString()
  } catch {
    return null
  }
  if (!json.includes(needed)) return []
  const { data: block } = blockSchema.safeParse(storedJson(json))
  return block === undefined ? null : Array.from(block.servers, (_, at) => sessionAt(block, at))
}

function sessionAt(block: Block, at: number): KeptSession {
  const text = (column: readonly number[]) => block.texts[column[at] ?? unknown] ?? null
  const host = text(block.hosts)
  const port = block.ports[at] ?? null
  const began = block.from + (block.began[at] ?? 0) * 1_000
  const ended = began + (block.lasted[at] ?? 0) * 1_000
  const unseen = block.unseen[at] ?? null
  const kilobytes = block.kilobytes[at] ?? null
  return {
    serverId: text(block.servers) ?? '',
    id: block.ids.slice(at * 8, at * 8 + 8).trimEnd(),
    protocol: text(block.protocols) ?? '',
    role: sessionRoles[block.roles[at] ?? 2] ?? 'other',
    path: text(block.paths) ?? '',
    remoteAddr: host === null || port === null ? host : `${host}:${port}`,
    user: text(block.users),
    userAgent: text(block.agents),
    began,
    ended,
    endedAfter: unseen === null ? null : ended - unseen * 1_000,
    bytes: kilobytes === null ? null : kilobytes * 1_000,
    lost: block.lost[at] ?? null,
  }
}
